import { api } from "../api";
import { useRun } from "../Confirm";
import type { Command, Device, SessionRow } from "../model";
import { Page, Part } from "../parts/Page";
import { Ready, Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Ago, Moment } from "../parts/When";
import { useResource } from "../resource";

/** Where somebody is signed in, and which devices we know. */
export default function Devices() {
  const sessions = useResource("sessions", api.sessions);
  const devices = useResource("devices", api.devices);
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const act = (command: Command) =>
    void attempt(async () => {
      await run(command);
      sessions.again();
      devices.again();
    });
  const others = sessions.data?.items.some(({ is_current }) => !is_current) ?? false;
  return (
    <Page
      title="Devices and sessions"
      lead="What you do not know does not belong here: end it, then look at your passkeys."
    >
      <Refused error={error} />
      <Part
        title="Signed in now"
        actions={
          others && (
            <button
              type="button"
              className="button"
              disabled={isBusy}
              onClick={() => act({ do: "end_other_sessions" })}
            >
              End all others
            </button>
          )
        }
      >
        <Ready of={sessions}>
          {({ items }) => (
            <ul className="rows">
              {items.map((session) => (
                <SessionLine key={session.id} session={session} isBusy={isBusy} act={act} />
              ))}
            </ul>
          )}
        </Ready>
      </Part>
      <Part
        title="Devices that we know"
        note="A sign-in from one that we do not know is slowed down, asked more, and told to you."
      >
        <Ready of={devices}>
          {({ items }) => (
            <ul className="rows">
              {items.map((device) => (
                <DeviceLine key={device.id} device={device} isBusy={isBusy} act={act} />
              ))}
            </ul>
          )}
        </Ready>
      </Part>
    </Page>
  );
}

interface LineProps {
  isBusy: boolean;
  act: (command: Command) => void;
}

function SessionLine({ session, isBusy, act }: LineProps & { session: SessionRow }) {
  return (
    <li className="row-item" data-session={session.id}>
      <span className="grow">
        <span className="row-title">
          {session.device} {session.is_current && <span className="tag">this one</span>}
        </span>
        <span className="muted small">
          {session.place ? `${session.place}, ` : ""}
          {session.ip}, signed in <Moment time={session.created_at} />, seen{" "}
          <Ago time={session.last_seen_at} />
        </span>
      </span>
      {!session.is_current && (
        <span className="row-acts">
          <button
            type="button"
            className="button"
            aria-label={`End the session on ${session.device}`}
            disabled={isBusy}
            onClick={() => act({ do: "end_session", id: session.id })}
          >
            End
          </button>
        </span>
      )}
    </li>
  );
}

function DeviceLine({ device, isBusy, act }: LineProps & { device: Device }) {
  return (
    <li className="row-item" data-device={device.id}>
      <span className="grow">
        <span className="row-title">
          {device.name} {device.is_current && <span className="tag">this one</span>}
        </span>
        <span className="muted small">
          First seen <Moment time={device.first_seen_at} />, last <Ago time={device.last_seen_at} />{" "}
          from {device.last_ip}
        </span>
      </span>
      {!device.is_current && (
        <span className="row-acts">
          <button
            type="button"
            className="button"
            aria-label={`Forget ${device.name}`}
            disabled={isBusy}
            onClick={() => act({ do: "forget_device", id: device.id })}
          >
            Forget
          </button>
        </span>
      )}
    </li>
  );
}
