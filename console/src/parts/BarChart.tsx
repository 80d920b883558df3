/** Bars over time on both sides of a line, drawn as SVG so that the theme colours them. */
import { useState, type KeyboardEvent } from "react";
import { short } from "../lib/amount";

export interface Bar {
  label: string;
  up: number;
  down: number;
  /** Part of the bar that was held or denied. */
  marked: number;
}

interface BarChartProps {
  bars: Bar[];
  label: string;
  describe: (bar: Bar) => string;
}

const WIDTH = 960;
const HEIGHT = 160;
const MIDDLE = HEIGHT / 2;

export function BarChart({ bars, label, describe }: BarChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(1, ...bars.flatMap((bar) => [bar.up, bar.down]));
  const step = WIDTH / Math.max(bars.length, 1);
  const height = (value: number) => (value / most) * (MIDDLE - 10);
  const shown = at === null ? undefined : bars[at];
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    setAt(Math.min(bars.length - 1, Math.max(0, (at ?? (by > 0 ? -1 : bars.length)) + by)));
  };
  return (
    <figure className="chart">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setAt(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const place = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
          setAt(Math.min(bars.length - 1, Math.max(0, place)));
        }}
      >
        {at !== null && (
          <rect className="chart-cursor" x={at * step} y={0} width={step} height={HEIGHT} />
        )}
        {bars.map((bar, place) => {
          const x = place * step + step * 0.15;
          const width = step * 0.7;
          return (
            <g key={bar.label}>
              <rect
                className="chart-up"
                x={x}
                y={MIDDLE - height(bar.up)}
                width={width}
                height={height(bar.up)}
              />
              <rect
                className="chart-down"
                x={x}
                y={MIDDLE}
                width={width}
                height={height(bar.down)}
              />
              {bar.marked > 0 && (
                <rect className="chart-marked" x={x} y={MIDDLE - 3} width={width} height={6} />
              )}
            </g>
          );
        })}
        <line className="chart-axis" x1={0} x2={WIDTH} y1={MIDDLE} y2={MIDDLE} />
      </svg>
      <figcaption className="small muted">
        <span>{bars[0]?.label}</span>
        <span className="chart-readout" aria-live="polite">
          {shown ? describe(shown) : `Highest: ${short(most)}`}
        </span>
        <span>{bars.at(-1)?.label}</span>
      </figcaption>
    </figure>
  );
}
