interface SparkProps {
  values: readonly number[];
  label: string;
  format: (value: number) => string;
}

const WIDTH = 120;
const HEIGHT = 24;

/** The course of a figure as a line without axes; the extremes are in its label. */
export function Spark({ values, label, format }: SparkProps) {
  const most = Math.max(...values, 1);
  const least = Math.min(...values, most);
  // A young page has few values: they are drawn as if half a minute was there.
  const step = WIDTH / Math.max(values.length - 1, 29);
  const start = WIDTH - (values.length - 1) * step;
  const points = values.map(
    (value, at) =>
      `${(start + at * step).toFixed(1)},${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`,
  );
  const title =
    values.length > 1
      ? `${label}: ${format(least)} to ${format(most)} in the last two minutes`
      : label;
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={title}
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
}
