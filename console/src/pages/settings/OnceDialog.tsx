import type { ReactNode } from "react";
import { copyText } from "../../parts/Copy";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";

interface OnceDialogProps {
  title: string;
  what: string;
  secret: string;
  onClose: () => void;
  children: ReactNode;
}

/** Shows what the server will not show again. */
export function OnceDialog({ title, what, secret, onClose, children }: OnceDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="button" onClick={() => void copyText(secret, what)}>
            <Icon name="copy" size={12} /> Copy
          </button>
          <button type="button" className="button primary" onClick={onClose}>
            I have kept it
          </button>
        </>
      }
    >
      {children}
      <code className="once">{secret}</code>
      <p className="muted small">It is shown this once and cannot be shown again.</p>
    </Dialog>
  );
}
