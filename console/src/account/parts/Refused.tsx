import { Icon } from "../../parts/Icon";
import { Skeleton } from "../../parts/States";
import type { Resource } from "../resource";
import { refusalOf } from "../refusal";
import type { ReactNode } from "react";

/** What was refused: what happened, what can be done, and the id to quote. */
export function Refused({ error, again }: { error: unknown; again?: () => void }) {
  if (error === null || error === undefined) return null;
  const { title, next, id, code } = refusalOf(error);
  return (
    <div className="refused" role="alert" data-code={code}>
      <Icon name="warning" />
      <div className="stack gap4 grow">
        <strong>{title}</strong>
        <span>{next}</span>
        {id && (
          <span className="muted small">
            To quote: <code>{id}</code>
          </span>
        )}
        {again && (
          <span>
            <button type="button" className="button" onClick={again}>
              Try again
            </button>
          </span>
        )}
      </div>
    </div>
  );
}

interface ReadyProps<T> {
  of: Resource<T>;
  lines?: number;
  children: (data: T) => ReactNode;
}

/** The shape while it loads, what was refused, and what is there. */
export function Ready<T>({ of, lines = 4, children }: ReadyProps<T>) {
  if (of.data === undefined) {
    return of.error ? (
      <Refused error={of.error} again={of.again} />
    ) : (
      <Skeleton lines={lines} height={20} />
    );
  }
  return (
    <>
      {Boolean(of.error) && <Refused error={of.error} again={of.again} />}
      {children(of.data)}
    </>
  );
}
