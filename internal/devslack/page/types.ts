// What the server sends: see pageState, Message and View in the Go files.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A piece of Block Kit; the renderer looks only at what it knows. */
// deno-lint-ignore no-explicit-any
export type Obj = Record<string, any>;

/** What the person typed or chose, by block_id and action_id. */
export type Values = Record<string, Record<string, Json>>;

export interface Person {
  id: string; name: string; real: string; note?: string; bot?: boolean;
  /** waiting counts what is addressed to this person and not read yet. */
  waiting?: number;
}
export interface Group { id: string; handle: string }
export interface Channel {
  id: string; name: string; topic?: string; private?: boolean; shared?: boolean; dm?: boolean;
  /** with is the other person of a direct message; the app's if it is the bot. */
  with?: string;
  people?: string[];
  unread?: number; mentions?: number;
  /** read is the ts of the newest message that was seen. */
  read?: string;
}
export interface Reaction { name: string; users: string[]; count: number }
export interface File { id: string; name: string; title?: string; size?: number }
export interface Message {
  channel: string; ts: string; thread_ts?: string; user: string; text: string; blocks?: Obj[];
  edited?: number; reactions?: Reaction[]; ephemeral?: boolean; files?: File[]; broadcast?: boolean;
}
export interface View {
  id: string; hash: string; type: string; title?: string; submit?: string; close?: string;
  blocks: Obj[]; state: Record<string, Record<string, Obj>>; errors?: Record<string, string>; problem?: string;
}
export interface Shortcut { type: "global" | "message"; callback_id: string; name: string; description?: string }
export interface State {
  rev: number; workspace: string; me: string; bot: string; connected: boolean;
  command: string; hint?: string; command_about?: string; about?: string;
  /** allowed is whether the person may use the app's command and shortcuts. */
  allowed: boolean;
  shortcuts: Shortcut[]; has_home: boolean; home?: View;
  users: Person[]; groups: Group[]; channels: Channel[];
  messages: Record<string, Message[]>; drafts: Record<string, Record<string, Record<string, Obj>>>; views: View[];
}
