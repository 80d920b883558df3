import type { System } from "../../api/model";
import { bytesText, count } from "../../lib/amount";
import { Section } from "../../parts/Section";
import { Time } from "../../parts/Time";

/** How much is on disk, what of it, and the state snapshots that make a restart short. */
export function Storage({ system }: { system: System }) {
  const { storage, disk_free_bytes, snapshots } = system;
  const used = storage.reduce((sum, part) => sum + part.bytes, 0);
  return (
    <Section
      title="Storage"
      note={`${bytesText(used)} used, ${bytesText(disk_free_bytes)} free on the disk`}
    >
      <div className="pair">
        <table className="plain">
          <tbody>
            {storage.map((part) => (
              <tr key={part.name}>
                <td>{part.name}</td>
                <td className="storage-bar">
                  <span className="exposure-bar" aria-hidden="true">
                    <i style={{ width: `${used > 0 ? (part.bytes / used) * 100 : 0}%` }} />
                  </span>
                </td>
                <td className="right nowrap">{bytesText(part.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div>
          <h3>State snapshots</h3>
          {snapshots.length === 0 ? (
            <p className="muted">None yet: a restart judges from the beginning.</p>
          ) : (
            <table className="plain">
              <thead>
                <tr>
                  <th>Taken</th>
                  <th className="right">At entry</th>
                  <th className="right">Size</th>
                  <th className="right">Pause</th>
                </tr>
              </thead>
              <tbody>
                {snapshots.map((snapshot) => (
                  <tr key={snapshot.journal_size}>
                    <td>
                      <Time time={snapshot.at} />
                    </td>
                    <td className="right">{count(snapshot.journal_size)}</td>
                    <td className="right">{bytesText(snapshot.bytes)}</td>
                    <td className="right">{Math.round(snapshot.pause_ms)} ms</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
      </div>
    </Section>
  );
}
