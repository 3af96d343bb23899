// Talking to the server.

import { State } from "./types";

async function post(path: string, body: Record<string, unknown>): Promise<unknown> {
  const answer = await fetch("/page/" + path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const data = await answer.json().catch(() => ({ error: `The local Slack answered ${answer.status}.` }));
  if (data.error) throw new Error(data.error);
  return data.result;
}

/** act does one thing as a person; a refusal is thrown as a sentence. */
export const act = (what: string, body: Record<string, unknown>): Promise<unknown> => post("act/" + what, body);

const told = new Set<string>();

/** undrawn says, loudly and once, that the app sent what this page cannot show. */
export function undrawn(what: string): void {
  if (told.has(what)) return;
  told.add(what);
  console.error("not drawn:", what);
  post("act/undrawn", { text: what }).catch((e) => console.error(e));
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
