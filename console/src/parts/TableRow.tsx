import { memo, type ReactNode, type RefObject } from "react";
import type { Column } from "./DataTable";

export interface RowActions<T> {
  pick: (row: T) => void;
  open: (row: T) => void;
}

interface TableRowProps<T> {
  rowId: string;
  row: T;
  place: number;
  top: number;
  height: number;
  columns: readonly Column<T>[];
  card: ((row: T) => ReactNode) | null;
  isActive: boolean;
  isOpen: boolean;
  /** Null where rows cannot be selected. */
  isPicked: boolean | null;
  /** What clicks do; a box, so that rows need not be drawn again when the functions change. */
  act: RefObject<RowActions<T>>;
}

function Row<T>(props: TableRowProps<T>) {
  const { row, columns, card, isPicked } = props;
  const state = [
    props.isActive ? "is-active" : "",
    props.isOpen ? "is-open" : "",
    isPicked ? "is-picked" : "",
  ].join(" ");
  return (
    <div
      id={props.rowId}
      role="row"
      aria-rowindex={props.place + 2}
      aria-selected={isPicked ?? props.isActive}
      className={`table-row is-body ${state}`}
      style={{ transform: `translateY(${props.top}px)`, height: props.height }}
      onClick={() => props.act.current.open(row)}
    >
      {isPicked !== null && (
        <span role="gridcell" className="cell pick" onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label="Select the row"
            checked={isPicked}
            onChange={() => props.act.current.pick(row)}
          />
        </span>
      )}
      {card ? (
        <div role="gridcell" className="cell card">
          {card(row)}
        </div>
      ) : (
        columns.map((column) => (
          <span key={column.id} role="gridcell" className={`cell${column.align ? " right" : ""}`}>
            {column.render(row)}
          </span>
        ))
      )}
    </div>
  );
}

/** Drawn again only when something that shows has changed. */
export const TableRow = memo(Row, (before, after) =>
  (
    ["row", "place", "top", "height", "columns", "isActive", "isOpen", "isPicked", "card"] as const
  ).every((name) => before[name] === after[name]),
) as typeof Row;
