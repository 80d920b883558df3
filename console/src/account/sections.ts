/** The pages that people choose from, in the order of how often they do. */
import type { IconName } from "../parts/Icon";
import type { PageName } from "./route";

export const SECTIONS: readonly { page: PageName; label: string; icon: IconName }[] = [
  { page: "withdraw", label: "Withdraw", icon: "send" },
  { page: "withdrawals", label: "Withdrawals", icon: "lists" },
  { page: "access", label: "Passkeys and sign-in", icon: "key" },
  { page: "devices", label: "Devices and sessions", icon: "phone" },
  { page: "book", label: "Address book", icon: "book" },
  { page: "limits", label: "Limits and locks", icon: "lock" },
  { page: "keys", label: "API keys", icon: "system" },
  { page: "notices", label: "Messages from us", icon: "mail" },
  { page: "timeline", label: "Timeline", icon: "clock" },
];
