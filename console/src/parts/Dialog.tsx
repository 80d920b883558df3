import { useEffect, useId, useRef, type FormEvent, type ReactNode } from "react";
import { Icon } from "./Icon";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons; the safe choice comes first and has the focus. */
  actions?: ReactNode;
  onSubmit?: () => void;
  className?: string;
  /** What is inside brings a form of its own; forms cannot stand in each other. */
  hasOwnForm?: boolean;
}

/** A modal dialog. The browser keeps the focus inside and gives it back. */
export function Dialog({
  title,
  onClose,
  children,
  actions,
  onSubmit,
  className,
  hasOwnForm = false,
}: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    // The first field, or else the first button of the foot, which is the safe one.
    const field = ".dialog-body :is(input, textarea, select)";
    (
      dialog.querySelector<HTMLElement>(field) ??
      dialog.querySelector<HTMLElement>(".dialog-foot button")
    )?.focus();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  const inside = (
    <>
      <header className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="dialog-body">{children}</div>
      {actions && <footer className="dialog-foot">{actions}</footer>}
    </>
  );
  return (
    <dialog
      ref={ref}
      className={`dialog ${className ?? ""}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      {hasOwnForm ? (
        <div className="dialog-form">{inside}</div>
      ) : (
        <form method="dialog" onSubmit={submit} className="dialog-form">
          {inside}
        </form>
      )}
    </dialog>
  );
}
