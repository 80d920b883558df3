/** Draws the flow graph on a canvas. Two thousand nodes stay at one frame's time that way. */
import { shortAddress } from "../../../lib/address";
import {
  NODE_HEIGHT,
  NODE_WIDTH,
  type Flow,
  type FlowEdge,
  type FlowNode,
} from "../../../lib/flow";
import { categoryWord, isAgainst } from "../../../lib/words";

export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Colours {
  raised: string;
  line: string;
  strong: string;
  text: string;
  muted: string;
  accent: string;
  path: string;
  flow: string;
  surface: string;
  mono: string;
  sans: string;
}

export interface Scene {
  flow: Flow;
  center: string;
  selected: string | null;
  hovered: string | null;
  /** `from>to` of the path that matters; all else is dimmed while there is one. */
  path: ReadonlySet<string>;
  expanded: ReadonlySet<string>;
}

/** The theme's tokens as they are now. */
export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    raised: token("--raised"),
    line: token("--line"),
    strong: token("--line-strong"),
    text: token("--text"),
    muted: token("--muted"),
    accent: token("--accent"),
    path: token("--deny-fill"),
    flow: token("--series"),
    surface: token("--surface"),
    mono: token("--mono"),
    sans: token("--sans"),
  };
}

/** Below this zoom text cannot be read and is not drawn. */
const TEXT_ZOOM = 0.45;
/** With more flows than this each is drawn fainter, or all becomes one grey. */
const CROWDED = 400;

const isOnPath = (scene: Scene, edge: FlowEdge) =>
  edge.edges.some((one) => scene.path.has(`${one.from}>${one.to}`));

function drawEdge(
  context: CanvasRenderingContext2D,
  edge: FlowEdge,
  colour: string,
  alpha: number,
  width: number,
): void {
  const startX = edge.from.x + NODE_WIDTH / 2;
  const endX = edge.to.x - NODE_WIDTH / 2;
  const bend = Math.max(48, Math.abs(endX - startX) / 2);
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(startX, edge.from.y);
  context.bezierCurveTo(startX + bend, edge.from.y, endX - bend, edge.to.y, endX - 6, edge.to.y);
  context.stroke();
  const head = 3 + width;
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(endX, edge.to.y);
  context.lineTo(endX - head * 1.6, edge.to.y - head * 0.8);
  context.lineTo(endX - head * 1.6, edge.to.y + head * 0.8);
  context.fill();
}

export function nodeTitle(node: FlowNode): string {
  const first = node.members[0];
  if (!first) return "";
  if (!node.isFold) return shortAddress(first.address);
  const word = categoryWord(first.categories[0] ?? "service");
  return `${word} × ${node.members.length}`;
}

function drawNode(
  context: CanvasRenderingContext2D,
  scene: Scene,
  node: FlowNode,
  colours: Colours,
  hasText: boolean,
  isDim: boolean,
): void {
  const isSelected = node.id === scene.selected;
  const isCenter = node.members.some((member) => member.address === scene.center);
  const against = node.isFold ? undefined : node.members[0]?.categories.find(isAgainst);
  const left = node.x - NODE_WIDTH / 2;
  const top = node.y - NODE_HEIGHT / 2;
  context.globalAlpha = isDim ? 0.35 : 1;
  context.beginPath();
  context.roundRect(left, top, NODE_WIDTH, NODE_HEIGHT, 6);
  context.fillStyle = node.isFold ? colours.surface : colours.raised;
  context.fill();
  context.setLineDash(node.isFold ? [4, 3] : []);
  context.lineWidth = isSelected || isCenter ? 2 : 1;
  const isLoud = against !== undefined || node.id === scene.hovered;
  context.strokeStyle = isSelected
    ? colours.accent
    : isCenter || isLoud
      ? colours.text
      : colours.strong;
  context.stroke();
  context.setLineDash([]);
  if (!hasText) return;
  context.fillStyle = colours.text;
  const label = against ? categoryWord(against) : node.isFold ? "" : serviceWord(node);
  const isExpanded = node.members.some((member) => scene.expanded.has(member.address));
  context.font = `${isCenter ? 600 : 400} ${node.isFold ? 12 : 11}px ${node.isFold ? colours.sans : colours.mono}`;
  context.fillText(nodeTitle(node), left + 8, label ? node.y - 4 : node.y + 1);
  if (label) {
    context.font = `${against ? 600 : 400} 10px ${colours.sans}`;
    context.fillStyle = against ? colours.text : colours.muted;
    context.fillText(label, left + 8, node.y + 8);
  }
  if (!node.isFold) {
    context.font = `400 12px ${colours.sans}`;
    context.fillStyle = colours.muted;
    context.fillText(isExpanded ? "−" : "+", left + NODE_WIDTH - 14, node.y + 1);
  }
}

function serviceWord(node: FlowNode): string {
  const first = node.members[0];
  return first?.is_service ? categoryWord(first.categories[0] ?? "service") : "";
}

/** Draws all that the camera sees, the path last, so that nothing covers it. */
export function paint(
  canvas: HTMLCanvasElement,
  scene: Scene,
  camera: Camera,
  colours: Colours,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const scale = camera.zoom * ratio;
  context.setTransform(
    scale,
    0,
    0,
    scale,
    (width / 2) * ratio - camera.x * scale,
    (height / 2) * ratio - camera.y * scale,
  );
  const reachX = width / 2 / camera.zoom + NODE_WIDTH;
  const reachY = height / 2 / camera.zoom + NODE_HEIGHT;
  const sees = (node: FlowNode) =>
    Math.abs(node.x - camera.x) < reachX && Math.abs(node.y - camera.y) < reachY;
  const hasPath = scene.path.size > 0;
  const quiet = scene.flow.edges.length > CROWDED ? 0.16 : 0.4;
  const late: FlowEdge[] = [];
  const touches = (edge: FlowEdge, id: string | null) =>
    id !== null && (edge.from.id === id || edge.to.id === id);
  const pathNodes = new Set<string>();
  for (const edge of scene.flow.edges) {
    if (hasPath && isOnPath(scene, edge)) {
      late.push(edge);
      pathNodes.add(edge.from.id);
      pathNodes.add(edge.to.id);
      continue;
    }
    if (!sees(edge.from) && !sees(edge.to) && !isBetween(edge, camera, reachX)) continue;
    const isNear = touches(edge, scene.selected) || touches(edge, scene.hovered);
    const alpha = isNear ? 0.9 : hasPath ? 0.12 : quiet;
    drawEdge(context, edge, colours.flow, alpha, 1 + 7 * Math.sqrt(edge.thickness));
  }
  for (const edge of late) {
    drawEdge(context, edge, colours.path, 1, 2 + 6 * Math.sqrt(edge.thickness));
  }
  context.textBaseline = "middle";
  const hasText = camera.zoom >= TEXT_ZOOM;
  for (const node of scene.flow.nodes) {
    if (!sees(node)) continue;
    const isDim = hasPath && !pathNodes.has(node.id) && node.id !== scene.selected;
    drawNode(context, scene, node, colours, hasText, isDim);
  }
  context.globalAlpha = 1;
}

/** A long edge may cross the view though neither end is in it. */
function isBetween({ from, to }: FlowEdge, camera: Camera, reach: number): boolean {
  return Math.min(from.x, to.x) < camera.x + reach && Math.max(from.x, to.x) > camera.x - reach;
}

/** The node under a point of the canvas. */
export function nodeAt(flow: Flow, x: number, y: number): FlowNode | undefined {
  return flow.nodes.findLast(
    (node) => Math.abs(node.x - x) <= NODE_WIDTH / 2 && Math.abs(node.y - y) <= NODE_HEIGHT / 2,
  );
}

/** A camera that sees all of the graph, or as much as can still be read. */
export function fit(flow: Flow, width: number, height: number): Camera {
  if (flow.nodes.length === 0 || width === 0) return { x: 0, y: 0, zoom: 1 };
  const xs = flow.nodes.map((node) => node.x);
  const ys = flow.nodes.map((node) => node.y);
  const [left, right] = [Math.min(...xs) - NODE_WIDTH, Math.max(...xs) + NODE_WIDTH];
  const [top, bottom] = [Math.min(...ys) - NODE_HEIGHT * 2, Math.max(...ys) + NODE_HEIGHT * 2];
  const zoom = Math.min(1, width / (right - left), height / (bottom - top));
  return { x: (left + right) / 2, y: (top + bottom) / 2, zoom };
}
