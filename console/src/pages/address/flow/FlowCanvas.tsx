import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  type KeyboardEvent,
  type Ref,
} from "react";
import { neighbour, type FlowNode } from "../../../lib/flow";
import { fit, nodeAt, paint, readColours, type Colours, type Scene } from "./paint";
import { useCamera, type Pointing } from "./useCamera";

export interface FlowHandle {
  fit: () => void;
  zoom: (factor: number) => void;
}

interface FlowCanvasProps {
  scene: Omit<Scene, "hovered">;
  label: string;
  onSelect: (node: FlowNode | null) => void;
  onExpand: (node: FlowNode) => void;
  ref: Ref<FlowHandle>;
}

const ARROWS = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
} as const;

/** The drawn graph. Arrow keys walk along the money, Enter expands, + and − zoom, 0 fits. */
export function FlowCanvas({ scene, label, onSelect, onExpand, ref }: FlowCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useRef<Colours | null>(null);
  const hovered = useRef<string | null>(null);
  const frame = useRef(0);
  const latest = useRef(scene);
  latest.current = scene;

  const draw = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      if (!canvas.current) return;
      colours.current ??= readColours(canvas.current);
      const now = { ...latest.current, hovered: hovered.current };
      paint(canvas.current, now, camera.current, colours.current);
    });
  }, []);
  const pointing = useRef<Pointing>({
    onClick: () => {},
    onHover: () => {},
    onDoubleClick: () => {},
  });
  pointing.current = {
    onClick: (x, y) => onSelect(nodeAt(scene.flow, x, y) ?? null),
    onHover: (x, y) => {
      const id = nodeAt(scene.flow, x, y)?.id ?? null;
      if (id === hovered.current) return;
      hovered.current = id;
      if (canvas.current) canvas.current.style.cursor = id ? "pointer" : "grab";
      draw();
    },
    onDoubleClick: (x, y) => {
      const node = nodeAt(scene.flow, x, y);
      if (node) onExpand(node);
    },
  };
  const { camera, zoomAt } = useCamera(canvas, draw, pointing);

  const fitAll = useCallback(() => {
    const element = canvas.current;
    if (!element) return;
    camera.current = fit(latest.current.flow, element.clientWidth, element.clientHeight);
    draw();
  }, [camera, draw]);
  useImperativeHandle(ref, () => ({ fit: fitAll, zoom: (factor) => zoomAt(factor) }), [
    fitAll,
    zoomAt,
  ]);

  useEffect(draw, [scene, draw]);
  // A new centre or another way to show services is a new picture; expanding is not.
  useEffect(fitAll, [scene.center, fitAll]);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const sizes = new ResizeObserver(draw);
    sizes.observe(element);
    const repaint = () => {
      colours.current = null;
      draw();
    };
    const themes = new MutationObserver(repaint);
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", repaint);
    void document.fonts.ready.then(draw);
    return () => {
      sizes.disconnect();
      themes.disconnect();
      system.removeEventListener("change", repaint);
      cancelAnimationFrame(frame.current);
    };
  }, [draw]);

  const onKeyDown = (event: KeyboardEvent) => {
    const { flow, selected, center } = scene;
    const here = flow.byId.get(selected ?? center);
    const direction = ARROWS[event.key as keyof typeof ARROWS];
    if (direction && here) {
      const next = selected === null ? here : neighbour(flow, here, direction);
      if (next) {
        onSelect(next);
        reveal(next);
      }
    } else if (event.key === "Enter" && here) onExpand(here);
    else if (event.key === "+" || event.key === "=") zoomAt(1.25);
    else if (event.key === "-") zoomAt(0.8);
    else if (event.key === "0") fitAll();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  /** Moves the camera only when the node is outside of the view. */
  const reveal = (node: FlowNode) => {
    const element = canvas.current;
    if (!element) return;
    const { x, y, zoom } = camera.current;
    const isIn =
      Math.abs(node.x - x) < element.clientWidth / 2 / zoom - 80 &&
      Math.abs(node.y - y) < element.clientHeight / 2 / zoom - 24;
    if (!isIn) camera.current = { x: node.x, y: node.y, zoom: Math.max(zoom, 0.6) };
    draw();
  };
  return (
    <canvas
      ref={canvas}
      className="flow-canvas"
      tabIndex={0}
      role="application"
      aria-label={label}
      onKeyDown={onKeyDown}
      data-nodes={scene.flow.nodes.length}
    />
  );
}
