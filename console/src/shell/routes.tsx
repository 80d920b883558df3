/** Every page, its path, and how its code is loaded. */
import { lazy, type ComponentType } from "react";
import type { IconName } from "../parts/Icon";
import type { Route } from "./router";

type Loader = () => Promise<{ default: ComponentType }>;

function route(path: string, title: string, load: Loader): Route {
  return { path, title, load, page: lazy(load) };
}

const live: Loader = () => import("../pages/live/Live");
const alerts: Loader = () => import("../pages/alerts/Alerts");
const rules: Loader = () => import("../pages/rules/Rules");

export const ROUTES: readonly Route[] = [
  route("/", "Live", live),
  route("/live", "Live", live),
  route("/alerts", "Alerts", alerts),
  route("/alerts/:id", "Alerts", alerts),
  route("/decisions/:index", "Decision", () => import("../pages/decision/Decision")),
  route("/addresses", "Addresses", () => import("../pages/address/Lookup")),
  route("/addresses/:network/:address", "Address", () => import("../pages/address/Address")),
  route("/customers", "Customers", () => import("../pages/customers/Customers")),
  route("/rules", "Rules", rules),
  route("/rules/:version", "Rules", rules),
  route("/lists", "Lists", () => import("../pages/lists/Lists")),
  route("/journal", "Journal", () => import("../pages/journal/Journal")),
  route("/system", "System", () => import("../pages/system/System")),
  route("/settings", "Settings", () => import("../pages/settings/Settings")),
];

export interface NavItem {
  to: string;
  label: string;
  icon: IconName;
  /** The second key after g. */
  key: string;
  about: string;
}

export const NAV: readonly NavItem[] = [
  { to: "/live", label: "Live", icon: "live", key: "l", about: "decisions as they are made" },
  { to: "/alerts", label: "Alerts", icon: "alerts", key: "a", about: "what waits for a person" },
  { to: "/addresses", label: "Addresses", icon: "address", key: "d", about: "look one up" },
  { to: "/customers", label: "Customers", icon: "person", key: "c", about: "one, for a case" },
  { to: "/rules", label: "Rules", icon: "rules", key: "r", about: "versions, tests, backtest" },
  { to: "/lists", label: "Lists", icon: "lists", key: "i", about: "what is known of addresses" },
  { to: "/journal", label: "Journal", icon: "journal", key: "j", about: "the signed record" },
  { to: "/system", label: "System", icon: "system", key: "s", about: "health, ingest, storage" },
  { to: "/settings", label: "Settings", icon: "settings", key: "t", about: "people, API keys" },
];
