import type { ReactNode } from "react";

interface SectionProps {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  id?: string;
}

/** A part of a page under a hairline. */
export function Section({ title, note, actions, children, id }: SectionProps) {
  return (
    <section className="section" id={id} aria-label={title}>
      <header className="section-head">
        <h2>{title}</h2>
        {note && <span className="muted small">{note}</span>}
        {actions && <span className="row section-actions">{actions}</span>}
      </header>
      {children}
    </section>
  );
}

/** Names and values in two columns. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

export function FactLine({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface HeadProps {
  title: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
}

/** The head of a page. */
export function PageHead({ title, note, actions }: HeadProps) {
  return (
    <header className="page-head">
      <h1>{title}</h1>
      {note && <span className="muted clip">{note}</span>}
      {actions && <div className="row page-actions">{actions}</div>}
    </header>
  );
}
