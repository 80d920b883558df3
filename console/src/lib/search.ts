/** Filters live in the URL: what a person sees can be bookmarked and sent to a colleague. */

export type Filters = Record<string, string[]>;

/** Reads the named filters; others in the URL are left alone and not returned. */
export function readFilters(search: string, names: readonly string[]): Filters {
  const given = new URLSearchParams(search);
  const filters: Filters = {};
  for (const name of names) {
    const values = [...new Set(given.getAll(name).filter((value) => value !== ""))];
    if (values.length > 0) filters[name] = values;
  }
  return filters;
}

/** Writes the named filters into a search text and keeps what else is there. */
export function writeFilters(search: string, names: readonly string[], filters: Filters): string {
  const next = new URLSearchParams(search);
  for (const name of names) {
    next.delete(name);
    for (const value of filters[name] ?? []) next.append(name, value);
  }
  const text = next.toString().replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

/** Adds a value, or takes it away where it is already; `single` filters hold one value. */
export function toggleFilter(
  filters: Filters,
  name: string,
  value: string,
  single = false,
): Filters {
  const { [name]: now = [], ...rest } = filters;
  const without = now.filter((one) => one !== value);
  const isOn = without.length < now.length;
  const values = isOn ? without : single ? [value] : [...now, value];
  return values.length > 0 ? { ...rest, [name]: values } : rest;
}
