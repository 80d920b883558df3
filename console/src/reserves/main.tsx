import { createRoot } from "react-dom/client";
import { restoreTheme } from "../shell/theme";
import { Site } from "./Site";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/controls.css";
import "../styles/parts.css";
import "../styles/customer.css";
import "./reserves.css";

restoreTheme();
const root = document.getElementById("root");
if (!root) throw new Error("reserves.html has no root");
createRoot(root).render(<Site />);
