/**
 * The flow graph's model: which nodes are shown and where. Money flows from left to right: who
 * pays a node stands left of it, whom it pays right of it.
 */
import type { Graph, GraphEdge, GraphNode, PathStep } from "../api/model";

export type ServiceMode = "folded" | "shown" | "hidden";

export interface FlowNode {
  /** The address, or a name of its own for a fold. */
  id: string;
  column: number;
  x: number;
  y: number;
  /** One node, or all that a fold stands for. */
  members: GraphNode[];
  isFold: boolean;
}

export interface FlowEdge {
  from: FlowNode;
  to: FlowNode;
  /** All edges between the two, of every asset. */
  edges: GraphEdge[];
  /** 0 to 1: the largest value of an edge beside the largest of its asset. */
  thickness: number;
}

export interface Flow {
  nodes: FlowNode[];
  edges: FlowEdge[];
  byId: Map<string, FlowNode>;
}

export const NODE_WIDTH = 148;
export const NODE_HEIGHT = 28;
const COLUMN_GAP = 180;
const ROW_GAP = 8;
const LANE_GAP = 20;
/** A column longer than this continues in a second lane beside it. */
const LANE_ROWS = 24;
/** How much higher than wide a crowded column is, so that the whole still fits a screen. */
const LANE_HEIGHT = 14;

const edgeKey = (edge: GraphEdge) => `${edge.from} ${edge.to} ${edge.asset.caip19}`;

/** All graphs that were fetched, as one: each node and edge once. */
export function mergeGraphs(graphs: Iterable<Pick<Graph, "nodes" | "edges">>): {
  nodes: GraphNode[];
  edges: GraphEdge[];
} {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  for (const graph of graphs) {
    for (const node of graph.nodes) if (!nodes.has(node.address)) nodes.set(node.address, node);
    for (const edge of graph.edges) if (!edges.has(edgeKey(edge))) edges.set(edgeKey(edge), edge);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

/** A path to or from what a category names, the nearest hop first. */
export interface Path {
  category: string;
  steps: PathStep[];
}

/** A path as a small graph, so that it shows even where the neighbourhood was cut off. */
export function pathGraph({ steps }: Path): Pick<Graph, "nodes" | "edges"> {
  const parties = new Map(
    steps.flatMap(({ from, to }) => [
      [from.address, from],
      [to.address, to],
    ]),
  );
  return {
    nodes: [...parties.values()].map((party) => ({ ...party, level: null, events: 0 })),
    edges: steps.map((step) => ({
      from: step.from.address,
      to: step.to.address,
      asset: step.asset,
      amount: step.amount,
      transfers: 1,
      first: step.time,
      last: step.time,
      worst: "allow" as const,
      last_index: -1,
    })),
  };
}

/** Columns by walking away from the centre: against the flow to the left, with it to the right. */
export function columnsOf(center: string, edges: readonly GraphEdge[]): Map<string, number> {
  const payers = new Map<string, string[]>();
  const payees = new Map<string, string[]>();
  const put = (map: Map<string, string[]>, key: string, value: string) => {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  };
  for (const edge of edges) {
    put(payers, edge.to, edge.from);
    put(payees, edge.from, edge.to);
  }
  const columns = new Map([[center, 0]]);
  const queue = [center];
  for (let at = 0; at < queue.length; at += 1) {
    const here = queue[at] as string;
    const column = columns.get(here) as number;
    const visit = (next: string, side: number) => {
      if (columns.has(next)) return;
      // The centre's column is its own: nobody else is both its payer and its payee.
      columns.set(next, column + side === 0 ? side : column + side);
      queue.push(next);
    };
    for (const payer of payers.get(here) ?? []) visit(payer, -1);
    for (const payee of payees.get(here) ?? []) visit(payee, 1);
  }
  return columns;
}

/** An amount as a number: for thickness only, never for a figure that is read. */
const size = (amount: string) => Number(amount);

function gather(
  nodes: readonly GraphNode[],
  columns: Map<string, number>,
  mode: ServiceMode,
  keep: ReadonlySet<string>,
): Map<string, FlowNode> {
  const owner = new Map<string, FlowNode>();
  const folds = new Map<string, FlowNode>();
  for (const node of nodes) {
    const column = columns.get(node.address);
    if (column === undefined) continue;
    const isOwn = !node.is_service || keep.has(node.address);
    if (!isOwn && mode === "hidden") continue;
    if (isOwn || mode === "shown") {
      owner.set(node.address, {
        id: node.address,
        column,
        x: 0,
        y: 0,
        members: [node],
        isFold: false,
      });
      continue;
    }
    const id = `${node.categories[0] ?? "service"} ${column}`;
    const fold = folds.get(id) ?? { id, column, x: 0, y: 0, members: [], isFold: true };
    fold.members.push(node);
    folds.set(id, fold);
    owner.set(node.address, fold);
  }
  // A fold of one is the one.
  for (const fold of folds.values()) {
    const [only] = fold.members;
    if (fold.members.length > 1 || !only) continue;
    fold.id = only.address;
    fold.isFold = false;
  }
  return owner;
}

function connect(edges: readonly GraphEdge[], owner: Map<string, FlowNode>): FlowEdge[] {
  const most = new Map<string, number>();
  for (const { asset, amount } of edges) {
    most.set(asset.caip19, Math.max(most.get(asset.caip19) ?? 0, size(amount)));
  }
  const between = new Map<string, FlowEdge>();
  for (const edge of edges) {
    const from = owner.get(edge.from);
    const to = owner.get(edge.to);
    if (!from || !to || from === to) continue;
    const key = `${from.id}>${to.id}`;
    const found = between.get(key) ?? { from, to, edges: [], thickness: 0 };
    found.edges.push(edge);
    const share = size(edge.amount) / (most.get(edge.asset.caip19) || 1);
    found.thickness = Math.max(found.thickness, share);
    between.set(key, found);
  }
  return [...between.values()];
}

/** Places the nodes of a column in lanes, next to those that they are connected with. */
function place(nodes: FlowNode[], edges: readonly FlowEdge[]): void {
  const byColumn = new Map<number, FlowNode[]>();
  for (const node of nodes) {
    const list = byColumn.get(node.column);
    if (list) list.push(node);
    else byColumn.set(node.column, [node]);
  }
  const neighbours = new Map<FlowNode, FlowNode[]>();
  for (const { from, to } of edges) {
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      const list = neighbours.get(one);
      if (list) list.push(other);
      else neighbours.set(one, [other]);
    }
  }
  const order = [...byColumn.keys()].sort((a, b) => Math.abs(a) - Math.abs(b) || a - b);
  // Columns grow outwards, and a wide one pushes those behind it further out.
  const edgeOf = { left: 0, right: 0 };
  for (const column of order) {
    const here = byColumn.get(column) as FlowNode[];
    const wish = new Map(
      here.map((node) => {
        const inner = (neighbours.get(node) ?? []).filter(
          (other) => Math.abs(other.column) < Math.abs(column),
        );
        const sum = inner.reduce((total, other) => total + other.y, 0);
        return [node, inner.length > 0 ? sum / inner.length : 0];
      }),
    );
    here.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || (a.id < b.id ? -1 : 1));
    const rows = Math.max(LANE_ROWS, Math.ceil(Math.sqrt(here.length * LANE_HEIGHT)));
    const lanes = Math.ceil(here.length / rows);
    const perLane = Math.ceil(here.length / lanes);
    for (const [at, node] of here.entries()) {
      const lane = at % lanes;
      const row = Math.floor(at / lanes);
      node.y = (row - (perLane - 1) / 2) * (NODE_HEIGHT + ROW_GAP);
      const away = lane * (NODE_WIDTH + LANE_GAP);
      node.x = column === 0 ? 0 : column < 0 ? edgeOf.left - away : edgeOf.right + away;
    }
    const reach = (lanes - 1) * (NODE_WIDTH + LANE_GAP) + NODE_WIDTH + COLUMN_GAP;
    if (column === 0) {
      edgeOf.left = -reach;
      edgeOf.right = reach;
    } else if (column < 0) edgeOf.left -= reach;
    else edgeOf.right += reach;
  }
}

/** What is drawn: services folded, shown or hidden; `keep` are never folded. */
export function layOut(
  center: string,
  graph: { nodes: readonly GraphNode[]; edges: readonly GraphEdge[] },
  mode: ServiceMode,
  keep: ReadonlySet<string>,
): Flow {
  const columns = columnsOf(center, graph.edges);
  const owner = gather(graph.nodes, columns, mode, new Set([...keep, center]));
  const edges = connect(graph.edges, owner);
  const nodes = [...new Set(owner.values())];
  place(nodes, edges);
  const byId = new Map([...owner].map(([address, node]) => [address, node]));
  for (const node of nodes) byId.set(node.id, node);
  return { nodes, edges, byId };
}

/** The nearest node in a direction, for the arrow keys. */
export function neighbour(
  flow: Flow,
  from: FlowNode,
  direction: "left" | "right" | "up" | "down",
): FlowNode | undefined {
  const isAcross = direction === "left" || direction === "right";
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  let best: FlowNode | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const node of flow.nodes) {
    const along = (isAcross ? node.x - from.x : node.y - from.y) * sign;
    const aside = Math.abs(isAcross ? node.y - from.y : node.x - from.x);
    if (along <= 4 || (!isAcross && aside > NODE_WIDTH / 2)) continue;
    const distance = along + aside * 2;
    if (distance < least) {
      least = distance;
      best = node;
    }
  }
  return best;
}
