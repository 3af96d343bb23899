// Talking to the server.

import { State } from "./types";

/** act does one thing as a person; a refusal is thrown as a sentence. */
export async function act(what: string, body: Record<string, unknown>): Promise<unknown> {
  const answer = await fetch("/page/act/" + what, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const data = await answer.json().catch(() => ({ error: `The local Slack answered ${answer.status}.` }));
  if (data.error) throw new Error(data.error);
  return data.result;
}

/** follow calls show with what the person sees, now and after every change, until stopped. */
export function follow(as: string, show: (s: State) => void, live: (ok: boolean) => void): () => void {
  const source = new EventSource("/page/events?as=" + encodeURIComponent(as));
  source.onmessage = (e) => {
    live(true);
    show(JSON.parse(e.data));
  };
  source.onerror = () => live(false); // the browser connects again by itself
  return () => source.close();
}
