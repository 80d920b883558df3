/** Line icons on a 16-pixel grid. They carry no meaning alone: a word is always beside them. */
const PATHS = {
  allow: "M3.5 8.5l3 3 6-7",
  challenge:
    "M6 6a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1v.6M8 12h.01M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  hold: "M6 5.5v5M10 5.5v5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  deny: "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  live: "M1.5 8h3l2-5 3 10 2-5h3",
  alerts:
    "M8 2a4 4 0 0 1 4 4c0 4 1.5 5 1.5 5h-11S4 10 4 6a4 4 0 0 1 4-4zM6.7 13.5a1.5 1.5 0 0 0 2.6 0",
  address: "M2.5 4.5A1.5 1.5 0 0 1 4 3h8.5v10H4a1.5 1.5 0 0 1-1.5-1.5zM10 8h2.5",
  rules: "M3 4h6M3 8h10M3 12h4M11.5 2.5v3M9.5 10.5v3",
  lists: "M6 4h7.5M6 8h7.5M6 12h7.5M2.5 4h.01M2.5 8h.01M2.5 12h.01",
  journal:
    "M4 2h7.5A1.5 1.5 0 0 1 13 3.5V14H4.5A1.5 1.5 0 0 1 3 12.5v-9A1.5 1.5 0 0 1 4 2zM6 5.5h4M6 8.5h4",
  system: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  settings: "M3 5h6M12 5h1M3 11h1M7 11h6M10.5 3.5v3M5.5 9.5v3",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5L14 14",
  menu: "M2 4h12M2 8h12M2 12h12",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  check: "M3.5 8.5l3 3 6-7",
  dash: "M4 8h8",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  right: "M6 3.5L10.5 8 6 12.5",
  left: "M10 3.5L5.5 8l4.5 4.5",
  down: "M3.5 6L8 10.5 12.5 6",
  up: "M3.5 10L8 5.5l4.5 4.5",
  arrow: "M2.5 8h11M9.5 4l4 4-4 4",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3l8 5-8 5z",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  filter: "M2 4h12M4.5 8h7M6.5 12h3",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  auto: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM8 2v12M8 5l4-1M8 8h6M8 11l4 1",
  person: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.5-3 2.7-4.5 5.5-4.5s5 1.5 5.5 4.5",
  signout: "M6 2.5H3v11h3M7 8h7M11 5l3 3-3 3",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  fold: "M2.5 8h11M8 1.5V5M6 3.5L8 5.5l2-2M8 14.5V11M6 12.5l2-2 2 2",
  clock: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM8 4.5V8l2.5 1.5",
  warning: "M8 2.5l6 10.5H2zM8 6.5v3M8 11.3h.01",
  undo: "M5.5 3L2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H6",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  phone: "M5 1.5h6v13H5zM7.3 12.3h1.4",
  send: "M2.5 8L13.5 3l-3.5 10.5-2.5-4z",
  book: "M3 3.5h4.2a.8.8 0 0 1 .8.8V13.5a1.5 1.5 0 0 0-1.5-1.2H3zM13 3.5H8.8a.8.8 0 0 0-.8.8V13.5a1.5 1.5 0 0 1 1.5-1.2H13z",
  freeze: "M8 1.5v13M2.4 4.7l11.2 6.6M13.6 4.7L2.4 11.3",
  mail: "M2 3.5h12v9H2zM2.5 4L8 8.7 13.5 4",
  home: "M2.5 7.5L8 2.5l5.5 5v6H9.7v-4H6.3v4H2.5z",
  key: "M6.5 8.5l7-6M11 4.6l1.8 2M7.3 10.5a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the product: a ring with a gate. */
export function Mark({ size = 18 }: { size?: number }) {
  return (
    <svg
      className="mark"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M10.6 2.6a6 6 0 1 1-5.2 0M8 1.8v6.4" />
    </svg>
  );
}
