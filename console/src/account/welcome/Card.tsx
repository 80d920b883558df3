import { useEffect, useRef, type ReactNode } from "react";
import { Icon } from "../../parts/Icon";

interface CardProps {
  title: string;
  lead?: ReactNode;
  back?: { label: string; to?: string; onBack?: () => void };
  children: ReactNode;
}

/** One question on one screen. */
export function Card({ title, lead, back, children }: CardProps) {
  const card = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Security centre`;
    // A field that took the focus keeps it.
    if (!card.current?.contains(document.activeElement))
      head.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <div className="card" ref={card}>
      {back?.to && (
        <a className="back" href={back.to}>
          <Icon name="left" size={14} /> {back.label}
        </a>
      )}
      {back?.onBack && (
        <button type="button" className="back" onClick={back.onBack}>
          <Icon name="left" size={14} /> {back.label}
        </button>
      )}
      <h1 ref={head} tabIndex={-1}>
        {title}
      </h1>
      {lead && <p className="muted">{lead}</p>}
      {children}
    </div>
  );
}
