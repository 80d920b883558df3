import { createRoot } from "react-dom/client";
import { loadSession } from "./session";
import { Site } from "./Site";
import { takeEnrolToken } from "./welcome/takeEnrolToken";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/controls.css";
import "../styles/parts.css";
import "../styles/customer.css";
import "./site.css";
import "./account.css";

takeEnrolToken();
void loadSession();
const root = document.getElementById("root");
if (!root) throw new Error("account.html has no root");
createRoot(root).render(<Site />);
