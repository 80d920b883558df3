import { useState, type KeyboardEvent } from "react";

interface LineChartProps {
  values: readonly number[];
  label: string;
  format: (value: number) => string;
  /** Seconds between two values; the last one is now. */
  step: number;
}

const WIDTH = 480;
const HEIGHT = 96;

/** One figure over the last minutes, with its highest value as the scale. */
export function LineChart({ values, label, format, step }: LineChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(...values, 1e-9);
  const last = Math.max(values.length - 1, 1);
  const x = (place: number) => (place / last) * WIDTH;
  const y = (value: number) => HEIGHT - 2 - (value / most) * (HEIGHT - 8);
  const points = values.map((value, place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`);
  const place = at ?? values.length - 1;
  const value = values[place];
  const ago = (values.length - 1 - place) * step;
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    setAt(Math.min(values.length - 1, Math.max(0, place + by)));
  };
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="muted small">{label}</span>
        <span>
          <span className="strong">{value === undefined ? "–" : format(value)}</span>{" "}
          <span className="muted small" aria-live="polite">
            {at === null ? "now" : ago === 0 ? "now" : `${ago} s ago`}
          </span>
        </span>
      </figcaption>
      <svg
        className="chart-line"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: at most ${format(most)} in the last ${Math.round((values.length * step) / 60)} minutes`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setAt(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - box.left) / box.width;
          setAt(Math.min(values.length - 1, Math.max(0, Math.round(share * last))));
        }}
      >
        <polygon points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />
        <polyline points={points.join(" ")} />
        {at !== null && <line x1={x(at)} x2={x(at)} y1={0} y2={HEIGHT} />}
      </svg>
    </figure>
  );
}
