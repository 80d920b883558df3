/**
 * The table of all lists: sticky head, virtual rows, chosen columns, sort, selection, and keys.
 * Columns leave when the table gets narrow; below 640 px each row is a card of three lines.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { useKeys } from "../shell/keys";
import { useLocation } from "../shell/router";
import { ColumnMenu, useColumns } from "./columns";
import { Icon } from "./Icon";
import { TableRow, type RowActions } from "./TableRow";

export interface Column<T> {
  id: string;
  title: string;
  /** A grid track, such as `120px` or `minmax(160px, 1fr)`. */
  width: string;
  render: (row: T) => ReactNode;
  align?: "right";
  /** The server's name of the sort order that this column stands for. */
  sort?: string;
  /** Not shown until chosen. */
  isExtra?: boolean;
  /** The table's width in px from which there is room for it. */
  needs?: number;
}

export interface Selection {
  keys: ReadonlySet<number>;
  onChange: (keys: ReadonlySet<number>) => void;
}

interface DataTableProps<T> {
  id: string;
  label: string;
  columns: readonly Column<T>[];
  count: number;
  rowAt: (place: number) => T | undefined;
  keyOf: (row: T) => number;
  onOpen: (row: T) => void;
  /** The row as a card for narrow screens. */
  card: (row: T) => ReactNode;
  empty: ReactNode;
  openKey?: number | null;
  /** Escape: closes what the row opened, if anything. */
  onLeave?: () => void;
  selection?: Selection;
  sort?: { by: string; onSort: (by: string) => void };
  onEnd?: () => void;
  /** Tells whether a person is looking at particular rows, which must then not move. */
  onReading?: (isReading: boolean) => void;
}

const ROW_PX = 36;
const CARD_PX = 84;
const CARD_BELOW = 640;

/** Where each table was, for the way back. */
const places = new Map<string, { offset: number; active: number | null }>();

function useWidth(ref: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(1200);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { id, columns, count, rowAt, keyOf, onOpen, selection, sort, onEnd, onReading } = props;
  const { isReturn } = useLocation();
  const place = isReturn ? places.get(id) : undefined;
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const isCards = width < CARD_BELOW;
  const { chosen, toggle } = useColumns(id, columns);
  const shown = useMemo(
    () => columns.filter((column) => chosen.has(column.id) && (column.needs ?? 0) <= width),
    [columns, chosen, width],
  );
  const rowPx = isCards ? CARD_PX : ROW_PX;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    initialOffset: place?.offset ?? 0,
  });
  useEffect(() => virtual.measure(), [virtual, rowPx]);

  const [active, setActive] = useState<number | null>(props.openKey ?? place?.active ?? null);
  const remember = useRef({ offset: 0, active });
  remember.current = { offset: scroller.current?.scrollTop ?? place?.offset ?? 0, active };
  useEffect(
    () => () => {
      places.set(id, remember.current);
    },
    [id],
  );

  const isUnder = useRef(false);
  const tellReading = useCallback(() => {
    const isScrolled = (scroller.current?.scrollTop ?? 0) > ROW_PX;
    remember.current.offset = scroller.current?.scrollTop ?? 0;
    onReading?.(isScrolled || isUnder.current || active !== null);
  }, [onReading, active]);
  useEffect(tellReading, [tellReading]);

  const placeOf = (key: number | null): number => {
    if (key === null) return -1;
    for (let at = 0; at < count; at += 1) {
      const row = rowAt(at);
      if (row && keyOf(row) === key) return at;
    }
    return -1;
  };
  const move = (step: number) => {
    const next = Math.min(Math.max(placeOf(active) + step, 0), count - 1);
    const row = rowAt(next);
    if (!row) return;
    setActive(keyOf(row));
    virtual.scrollToIndex(next, { align: "auto" });
    scroller.current?.focus({ preventScroll: true });
  };
  const activeRow = () => rowAt(placeOf(active));
  const pick = (key: number) => {
    if (!selection) return;
    const keys = new Set(selection.keys);
    if (!keys.delete(key)) keys.add(key);
    selection.onChange(keys);
  };
  const act = useRef<RowActions<T>>({ pick: () => {}, open: () => {} });
  act.current = {
    pick: (row) => pick(keyOf(row)),
    open: (row) => {
      setActive(keyOf(row));
      onOpen(row);
    },
  };
  const group = "Table";
  useKeys([
    { keys: "j", label: "Next row", group, run: () => move(1) },
    { keys: "k", label: "Previous row", group, run: () => move(-1) },
    { keys: "ArrowDown", label: "", group, run: () => move(1) },
    { keys: "ArrowUp", label: "", group, run: () => move(-1) },
    {
      keys: "Enter",
      label: "Open the row",
      group,
      run: () => {
        const row = activeRow();
        if (row) onOpen(row);
      },
    },
    {
      keys: "Escape",
      label: "Leave the row",
      group,
      run: () => {
        if (props.onLeave) props.onLeave();
        setActive(null);
      },
    },
    ...(selection
      ? [
          {
            keys: "x",
            label: "Select the row",
            group,
            run: () => {
              if (active !== null) pick(active);
            },
          },
        ]
      : []),
  ]);

  const items = virtual.getVirtualItems();
  const lastPlace = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (count > 0 && lastPlace >= count - 20) onEnd?.();
  }, [lastPlace, count, onEnd]);

  const tracks = [selection ? "32px" : "", ...shown.map((column) => column.width)].join(" ");
  const allKeys = () =>
    Array.from({ length: count }, (_, at) => rowAt(at)).flatMap((row) => (row ? [keyOf(row)] : []));
  const isAll = !!selection && selection.keys.size > 0 && selection.keys.size >= count;

  return (
    <div className={`table-frame${isCards ? " is-cards" : ""}`}>
      <div
        ref={scroller}
        className="table"
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={count + 1}
        aria-activedescendant={active === null ? undefined : `${id}-${active}`}
        aria-multiselectable={selection ? true : undefined}
        onScroll={tellReading}
        onPointerEnter={(event) => {
          isUnder.current = event.pointerType === "mouse";
          tellReading();
        }}
        onPointerLeave={() => {
          isUnder.current = false;
          tellReading();
        }}
        style={{ "--tracks": tracks } as React.CSSProperties}
      >
        <div className="table-head" role="rowgroup">
          <div className="table-row" role="row" aria-rowindex={1}>
            {selection && (
              <span role="columnheader" className="cell pick">
                <input
                  type="checkbox"
                  aria-label="Select all loaded rows"
                  checked={isAll}
                  onChange={() => selection.onChange(new Set(isAll ? [] : allKeys()))}
                />
              </span>
            )}
            {!isCards &&
              shown.map((column) => (
                <span
                  key={column.id}
                  role="columnheader"
                  className={`cell${column.align ? " right" : ""}`}
                  aria-sort={sort && column.sort === sort.by ? "descending" : undefined}
                >
                  {sort && column.sort ? (
                    <button
                      type="button"
                      className="sort"
                      onClick={() => sort.onSort(column.sort as string)}
                    >
                      {column.title}
                      {column.sort === sort.by && <Icon name="down" size={12} />}
                    </button>
                  ) : (
                    column.title
                  )}
                </span>
              ))}
            {isCards && (
              <span role="columnheader" className="cell">
                {props.label}
              </span>
            )}
          </div>
        </div>
        <div role="rowgroup" className="table-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rowAt(item.index);
            if (!row) return null;
            const key = keyOf(row);
            return (
              <TableRow
                key={key}
                rowId={`${id}-${key}`}
                row={row}
                place={item.index}
                top={item.start}
                height={rowPx}
                columns={shown}
                card={isCards ? props.card : null}
                isActive={key === active}
                isOpen={key === props.openKey}
                isPicked={selection ? selection.keys.has(key) : null}
                act={act}
              />
            );
          })}
        </div>
        {count === 0 && props.empty}
      </div>
      {!isCards && <ColumnMenu columns={columns} chosen={chosen} toggle={toggle} />}
    </div>
  );
}
