import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

interface MenuProps {
  label: ReactNode;
  /** For buttons that show an icon only. */
  name?: string;
  className?: string;
  align?: "left" | "right";
  children: (close: () => void) => ReactNode;
}

/** A button that opens a small list; arrow keys move in it, Escape closes it. */
export function Menu({ label, name, className = "button", align = "left", children }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  const close = () => setOpen(false);
  useEffect(() => {
    if (!isOpen) return;
    const outside = (event: PointerEvent) => {
      if (!ref.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    ref.current?.querySelector<HTMLElement>(".menu-list :is(button, input)")?.focus();
    return () => document.removeEventListener("pointerdown", outside);
  }, [isOpen]);
  const move = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      ref.current?.querySelector<HTMLElement>("button")?.focus();
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const items = [...(ref.current?.querySelectorAll<HTMLElement>(".menu-list button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  return (
    <div className="menu" ref={ref} onKeyDown={move}>
      <button
        type="button"
        className={className}
        aria-haspopup="true"
        aria-expanded={isOpen}
        aria-label={name}
        title={name}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen && <div className={`menu-list align-${align}`}>{children(close)}</div>}
    </div>
  );
}

interface MenuItemProps {
  onChoose: () => void;
  isOn?: boolean;
  children: ReactNode;
}

export function MenuItem({ onChoose, isOn, children }: MenuItemProps) {
  return (
    <button type="button" className="menu-item" aria-pressed={isOn} onClick={onChoose}>
      {children}
    </button>
  );
}
