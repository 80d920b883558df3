import { Icon } from "../../parts/Icon";
import { Section } from "../../parts/Section";

const sentence = (line: string) => line.charAt(0).toUpperCase() + line.slice(1);

interface CheckedProps {
  checked: string[];
  notChecked: string[];
}

/** What the answer rests on and where it ends. There is no word for "fine" here on purpose. */
export function Checked({ checked, notChecked }: CheckedProps) {
  return (
    <Section title="What was checked">
      <ul className="checked">
        {checked.map((line) => (
          <li key={line}>
            <Icon name="check" size={12} /> {sentence(line)}
          </li>
        ))}
      </ul>
      <h3 className="checked-title">What was not</h3>
      {notChecked.length === 0 && (
        <p className="muted">
          The server left nothing out that it knows how to check. What no list, payment or pattern
          shows cannot be seen here.
        </p>
      )}
      <ul className="checked">
        {notChecked.map((line) => (
          <li key={line} className="muted">
            <Icon name="dash" size={12} /> {sentence(line)}
          </li>
        ))}
      </ul>
    </Section>
  );
}
