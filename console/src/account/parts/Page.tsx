import { useEffect, useRef, type ReactNode } from "react";
import { Icon } from "../../parts/Icon";
import { href, type PageName } from "../route";

interface PageProps {
  title: string;
  lead?: ReactNode;
  /** Where it leads back to; the first page unless another is named. */
  back?: { to: string; label: string } | null;
  children?: ReactNode;
}

const HOME = { to: href("home"), label: "Security centre" };

/** The head of a page, which takes the focus, and what is on it. */
export function Page({ title, lead, back = HOME, children }: PageProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Security centre`;
    window.scrollTo(0, 0);
    // A field that took the focus keeps it.
    const main = head.current?.closest("main");
    if (!main?.contains(document.activeElement) || document.activeElement === main) {
      head.current?.focus({ preventScroll: true });
    }
  }, [title]);
  return (
    <>
      <header className="view-head">
        {back && (
          <a className={`back${back === HOME ? " is-home" : ""}`} href={back.to}>
            <Icon name="left" size={14} /> {back.label}
          </a>
        )}
        <h1 ref={head} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p className="muted">{lead}</p>}
      </header>
      {children}
    </>
  );
}

export const backTo = (page: PageName, label: string) => ({ to: href(page), label });

interface PartProps {
  title: string;
  note?: ReactNode;
  id?: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a page under a hairline. */
export function Part({ title, note, id, actions, children }: PartProps) {
  return (
    <section aria-label={title} id={id}>
      <div className="part-head">
        <h2>{title}</h2>
        {actions}
      </div>
      {note && <p className="muted">{note}</p>}
      {children}
    </section>
  );
}
