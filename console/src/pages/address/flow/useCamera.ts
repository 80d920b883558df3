/** Pan, zoom and pinch of a canvas. The camera lives outside of React: it moves every frame. */
import { useCallback, useEffect, useRef, type RefObject } from "react";
import type { Camera } from "./paint";

const LEAST = 0.05;
const MOST = 2.5;
/** A press that moves less than this is a click. */
const CLICK_PX = 4;

export interface Pointing {
  onClick: (x: number, y: number) => void;
  onHover: (x: number, y: number) => void;
  onDoubleClick: (x: number, y: number) => void;
}

export function useCamera(
  canvas: RefObject<HTMLCanvasElement | null>,
  draw: () => void,
  pointing: RefObject<Pointing>,
) {
  const camera = useRef<Camera>({ x: 0, y: 0, zoom: 1 });

  const toGraph = useCallback(
    (clientX: number, clientY: number) => {
      const box = canvas.current?.getBoundingClientRect();
      const { x, y, zoom } = camera.current;
      if (!box) return { x: 0, y: 0 };
      return {
        x: x + (clientX - box.left - box.width / 2) / zoom,
        y: y + (clientY - box.top - box.height / 2) / zoom,
      };
    },
    [canvas],
  );

  /** Zooms so that the point of the graph under the pointer stays there. */
  const zoomAt = useCallback(
    (factor: number, clientX?: number, clientY?: number) => {
      const box = canvas.current?.getBoundingClientRect();
      if (!box) return;
      const atX = clientX ?? box.left + box.width / 2;
      const atY = clientY ?? box.top + box.height / 2;
      const before = toGraph(atX, atY);
      camera.current.zoom = Math.min(MOST, Math.max(LEAST, camera.current.zoom * factor));
      const after = toGraph(atX, atY);
      camera.current.x += before.x - after.x;
      camera.current.y += before.y - after.y;
      draw();
    },
    [canvas, draw, toGraph],
  );

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const pressed = new Map<number, { x: number; y: number }>();
    let moved = 0;
    let spread = 0;
    const distance = () => {
      const [one, other] = [...pressed.values()];
      return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
    };
    const down = (event: PointerEvent) => {
      element.setPointerCapture(event.pointerId);
      pressed.set(event.pointerId, { x: event.clientX, y: event.clientY });
      moved = 0;
      spread = distance();
    };
    const move = (event: PointerEvent) => {
      const before = pressed.get(event.pointerId);
      if (!before) {
        const { x, y } = toGraph(event.clientX, event.clientY);
        pointing.current.onHover(x, y);
        return;
      }
      const [byX, byY] = [event.clientX - before.x, event.clientY - before.y];
      pressed.set(event.pointerId, { x: event.clientX, y: event.clientY });
      moved += Math.abs(byX) + Math.abs(byY);
      if (pressed.size === 2) {
        const now = distance();
        const points = [...pressed.values()];
        const mid = (axis: "x" | "y") => points.reduce((sum, at) => sum + at[axis], 0) / 2;
        if (spread > 0 && now > 0) zoomAt(now / spread, mid("x"), mid("y"));
        spread = now;
      } else {
        camera.current.x -= byX / camera.current.zoom;
        camera.current.y -= byY / camera.current.zoom;
        draw();
      }
    };
    const up = (event: PointerEvent) => {
      if (pressed.delete(event.pointerId) && moved < CLICK_PX && event.type === "pointerup") {
        const { x, y } = toGraph(event.clientX, event.clientY);
        pointing.current.onClick(x, y);
      }
    };
    const double = (event: MouseEvent) => {
      const { x, y } = toGraph(event.clientX, event.clientY);
      pointing.current.onDoubleClick(x, y);
    };
    // Ctrl (and a pinch on a touchpad) zooms; the plain wheel scrolls the page past the graph.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY / 200), event.clientX, event.clientY);
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    element.addEventListener("dblclick", double);
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
      element.removeEventListener("dblclick", double);
      element.removeEventListener("wheel", wheel);
    };
  }, [canvas, draw, toGraph, zoomAt, pointing]);

  return { camera, zoomAt };
}
