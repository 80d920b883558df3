/** Where things are. */
export const decisionPath = (index: number) => `/decisions/${index}`;
export const alertPath = (id: number, search = "") => `/alerts/${id}${search}`;
export const rulePath = (version: number | string) => `/rules/${version}`;
/** A colon may stand in a path as it is, and reads better so. */
export const addressPath = (network: string, address: string) =>
  `/addresses/${encodeURIComponent(network).replaceAll("%3A", ":")}/${encodeURIComponent(address)}`;
