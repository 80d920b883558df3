/** Which columns a person chose to see, per table, kept in this browser. */
import { useMemo, useState } from "react";
import type { Column } from "./DataTable";
import { Icon } from "./Icon";
import { Menu, MenuItem } from "./Menu";

export function useColumns<T>(id: string, columns: readonly Column<T>[]) {
  const storageKey = `ringfence.columns.${id}`;
  const [flipped, setFlipped] = useState<string[]>(() => {
    try {
      return JSON.parse(localStorage.getItem(storageKey) ?? "[]") as string[];
    } catch {
      return [];
    }
  });
  const chosen = useMemo(
    () =>
      new Set(
        columns
          .filter((column) => !column.isExtra !== flipped.includes(column.id))
          .map((column) => column.id),
      ),
    [columns, flipped],
  );
  const toggle = (column: string) => {
    const next = flipped.includes(column)
      ? flipped.filter((one) => one !== column)
      : [...flipped, column];
    setFlipped(next);
    try {
      localStorage.setItem(storageKey, JSON.stringify(next));
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  };
  return { chosen, toggle };
}

interface ColumnMenuProps<T> {
  columns: readonly Column<T>[];
  chosen: ReadonlySet<string>;
  toggle: (column: string) => void;
}

export function ColumnMenu<T>({ columns, chosen, toggle }: ColumnMenuProps<T>) {
  return (
    <div className="column-menu">
      <Menu
        label={<Icon name="columns" size={12} />}
        name="Choose columns"
        className="icon-button"
        align="right"
      >
        {() =>
          columns.map((column) => (
            <MenuItem
              key={column.id}
              isOn={chosen.has(column.id)}
              onChoose={() => toggle(column.id)}
            >
              <span className="tick">
                {chosen.has(column.id) && <Icon name="check" size={12} />}
              </span>
              {column.title}
            </MenuItem>
          ))
        }
      </Menu>
    </div>
  );
}
