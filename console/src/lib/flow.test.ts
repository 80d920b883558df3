import { describe, expect, it } from "vitest";
import type { GraphEdge, GraphNode } from "../api/model";
import { columnsOf, layOut, mergeGraphs, neighbour } from "./flow";

const asset = {
  caip19: "eip155:1/slip44:60",
  kind: "native",
  symbol: "ETH",
  decimals: 18,
} as const;
const edge = (from: string, to: string, amount = "1"): GraphEdge => ({
  from,
  to,
  asset,
  amount,
  transfers: 1,
  first: "",
  last: "",
  worst: "allow",
  last_index: 1,
});
const node = (address: string, service?: string): GraphNode => ({
  address,
  categories: service ? [service] : [],
  is_service: service !== undefined,
  level: null,
  events: 1,
});

describe("the flow graph", () => {
  it("puts payers left and payees right, hop by hop", () => {
    const columns = columnsOf("c", [edge("a", "c"), edge("b", "a"), edge("c", "d")]);
    expect(Object.fromEntries(columns)).toEqual({ c: 0, a: -1, b: -2, d: 1 });
  });
  it("keeps the centre's column for the centre", () => {
    const columns = columnsOf("c", [edge("a", "c"), edge("a", "x")]);
    expect(columns.get("x")).not.toBe(0);
  });
  it("folds services of a kind, shows them, or hides them", () => {
    const graph = {
      nodes: [node("c"), node("x", "exchange"), node("y", "exchange"), node("d", "defi")],
      edges: [edge("c", "x"), edge("c", "y"), edge("c", "d")],
    };
    const folded = layOut("c", graph, "folded", new Set());
    expect(folded.nodes.map((one) => one.members.length).sort()).toEqual([1, 1, 2]);
    expect(folded.byId.get("x")).toBe(folded.byId.get("y"));
    expect(folded.byId.get("d")?.isFold).toBe(false);
    expect(layOut("c", graph, "shown", new Set()).nodes).toHaveLength(4);
    expect(layOut("c", graph, "hidden", new Set()).nodes).toHaveLength(1);
    expect(layOut("c", graph, "hidden", new Set(["x"])).nodes).toHaveLength(2);
  });
  it("makes the largest flow the thickest", () => {
    const graph = {
      nodes: [node("c"), node("a"), node("b")],
      edges: [edge("a", "c", "100"), edge("b", "c", "25")],
    };
    const thickness = layOut("c", graph, "shown", new Set()).edges.map((one) => one.thickness);
    expect(thickness).toEqual([1, 0.25]);
  });
  it("places two thousand nodes without two in one place", () => {
    const nodes = [node("c")];
    const edges: GraphEdge[] = [];
    for (let at = 0; at < 2000; at += 1) {
      nodes.push(node(`n${at}`));
      const host = at < 50 ? "c" : `n${at % 50}`;
      edges.push(at % 2 ? edge(`n${at}`, host) : edge(host, `n${at}`));
    }
    const flow = layOut("c", { nodes, edges }, "folded", new Set());
    const places = new Set(flow.nodes.map((one) => `${one.x} ${one.y}`));
    expect(flow.nodes).toHaveLength(2001);
    expect(places.size).toBe(2001);
  });
  it("merges neighbourhoods without repeating", () => {
    const one = { nodes: [node("c"), node("a")], edges: [edge("a", "c")] };
    const other = { nodes: [node("a"), node("b")], edges: [edge("a", "c"), edge("b", "a")] };
    const merged = mergeGraphs([one, other]);
    expect(merged.nodes).toHaveLength(3);
    expect(merged.edges).toHaveLength(2);
  });
  it("walks with the arrow keys", () => {
    const graph = {
      nodes: [node("c"), node("a"), node("d")],
      edges: [edge("a", "c"), edge("c", "d")],
    };
    const flow = layOut("c", graph, "shown", new Set());
    const center = flow.byId.get("c");
    if (!center) throw new Error("no centre");
    expect(neighbour(flow, center, "left")?.id).toBe("a");
    expect(neighbour(flow, center, "right")?.id).toBe("d");
    expect(neighbour(flow, center, "up")).toBeUndefined();
  });
});
