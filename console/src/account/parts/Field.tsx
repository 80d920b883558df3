import { useId, type InputHTMLAttributes, type ReactNode } from "react";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  label: string;
  hint?: ReactNode;
  fault?: string | null;
  onText: (text: string) => void;
}

/** A field with its name above, and what is wrong with it below. */
export function Field({ label, hint, fault, onText, className, ...rest }: FieldProps) {
  const id = useId();
  const told = fault || hint ? `${id}-told` : undefined;
  return (
    <div className="label">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={`field ${className ?? ""}`}
        aria-invalid={fault ? true : undefined}
        aria-describedby={told}
        autoCapitalize="none"
        spellCheck={false}
        {...rest}
        onChange={(event) => onText(event.target.value)}
      />
      {told && (
        <span id={told} className={`small ${fault ? "bad" : "muted"}`}>
          {fault || hint}
        </span>
      )}
    </div>
  );
}

/** A code of digits, as phones and mails bring it. */
export function CodeField(props: Omit<FieldProps, "autoComplete" | "inputMode">) {
  return (
    <Field
      inputMode="numeric"
      autoComplete="one-time-code"
      className="code-field"
      maxLength={12}
      {...props}
    />
  );
}

interface ChoiceProps<T extends string> {
  legend: string;
  name: string;
  options: readonly { id: T; text: ReactNode; note?: ReactNode }[];
  chosen: T | null;
  onChoose: (id: T) => void;
}

/** One of a few, as large rows. */
export function Choices<T extends string>({
  legend,
  name,
  options,
  chosen,
  onChoose,
}: ChoiceProps<T>) {
  return (
    <fieldset className="choice-rows">
      <legend>{legend}</legend>
      {options.map(({ id, text, note }) => (
        <label key={id} className={id === chosen ? "is-chosen" : ""}>
          <input
            type="radio"
            name={name}
            value={id}
            checked={id === chosen}
            onChange={() => onChoose(id)}
          />
          <span className="grow">
            <span className="choice-text">{text}</span>
            {note && <span className="muted small">{note}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
