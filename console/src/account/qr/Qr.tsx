import { useMemo } from "react";
import { pathOf, qrOf } from "./qr";

/** Light modules around a code, so that readers find it: ISO/IEC 18004 asks for four. */
const QUIET = 4;

/** A QR code, drawn here; dark on light in both themes, because many readers want it so. */
export function Qr({ text, label }: { text: string; label: string }) {
  const matrix = useMemo(() => qrOf(text), [text]);
  if (!matrix) return null;
  const size = matrix.length + 2 * QUIET;
  return (
    <svg
      className="qr"
      viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`}
      role="img"
      aria-label={label}
    >
      <rect className="qr-light" x={-QUIET} y={-QUIET} width={size} height={size} />
      <path className="qr-dark" d={pathOf(matrix)} shapeRendering="crispEdges" />
    </svg>
  );
}
