import { Component, type ReactNode } from "react";
import { Fault } from "../parts/States";

/** A fault in one page leaves the others usable. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <Fault error={error} again={() => this.setState({ error: null })} />;
  }
}
