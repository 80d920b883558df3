/** Filters as removable chips; what is set lives in the URL. */
import { useCallback, useMemo, useState } from "react";
import { readFilters, toggleFilter, writeFilters, type Filters } from "../lib/search";
import { navigate, useLocation } from "../shell/router";
import { Icon } from "./Icon";
import { Menu, MenuItem } from "./Menu";

export interface FilterSpec {
  name: string;
  label: string;
  options?: readonly { value: string; label: string }[];
  /** Holds one value at a time. */
  isSingle?: boolean;
  /** A text of the person's own. */
  placeholder?: string;
}

/** The filters of the page's URL and how to change them. */
export function useFilters(specs: readonly FilterSpec[]) {
  const { path, search } = useLocation();
  const names = useMemo(() => specs.map((spec) => spec.name), [specs]);
  const filters = useMemo(() => readFilters(search, names), [search, names]);
  const setFilters = useCallback(
    (next: Filters) => navigate(path + writeFilters(search, names, next), { replace: true }),
    [path, search, names],
  );
  return { filters, setFilters };
}

interface FilterBarProps {
  specs: readonly FilterSpec[];
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterBar({ specs, filters, onChange }: FilterBarProps) {
  const toggle = (spec: FilterSpec, value: string) =>
    onChange(toggleFilter(filters, spec.name, value, spec.isSingle));
  const chips = specs.flatMap((spec) =>
    (filters[spec.name] ?? []).map((value) => ({ spec, value })),
  );
  return (
    <div className="filters" role="group" aria-label="Filters">
      <Menu
        className="button quiet"
        label={
          <>
            <Icon name="filter" size={12} /> Filter
          </>
        }
      >
        {(close) =>
          specs.map((spec) => (
            <div key={spec.name} className="menu-group" role="group" aria-label={spec.label}>
              <div className="menu-title">{spec.label}</div>
              {spec.options?.map((option) => {
                const isOn = filters[spec.name]?.includes(option.value) ?? false;
                return (
                  <MenuItem
                    key={option.value}
                    isOn={isOn}
                    onChoose={() => toggle(spec, option.value)}
                  >
                    <span className="tick">{isOn && <Icon name="check" size={12} />}</span>
                    {option.label}
                  </MenuItem>
                );
              })}
              {spec.placeholder && (
                <OwnValue
                  spec={spec}
                  onSet={(value) => {
                    toggle(spec, value);
                    close();
                  }}
                />
              )}
            </div>
          ))
        }
      </Menu>
      {chips.map(({ spec, value }) => {
        const word = spec.options?.find((option) => option.value === value)?.label ?? value;
        return (
          <button
            key={spec.name + value}
            type="button"
            className="chip"
            aria-label={`Remove filter ${spec.label}: ${word}`}
            onClick={() => toggle(spec, value)}
          >
            <span className="muted">{spec.label}</span> {word}
            <Icon name="close" size={12} />
          </button>
        );
      })}
      {chips.length > 1 && (
        <button type="button" className="button quiet" onClick={() => onChange({})}>
          Clear
        </button>
      )}
    </div>
  );
}

function OwnValue({ spec, onSet }: { spec: FilterSpec; onSet: (value: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="menu-own"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) onSet(text.trim());
      }}
    >
      <input
        className="field"
        aria-label={spec.label}
        placeholder={spec.placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
}
