// What the server sends: see pageState, Message and View in the Go files.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A piece of Block Kit; the renderer looks only at what it knows. */
// deno-lint-ignore no-explicit-any
export type Obj = Record<string, any>;

/** What the person typed or chose, by block_id and action_id. */
export type Values = Record<string, Record<string, Json>>;

export interface Person { id: string; name: string; real: string; note?: string; bot?: boolean }
export interface Group { id: string; handle: string }
export interface Channel {
  id: string; name: string; topic?: string; private?: boolean; shared?: boolean; dm?: boolean; members: number;
}
export interface Reaction { name: string; users: string[]; count: number }
export interface Message {
  channel: string; ts: string; thread_ts?: string; user: string; text: string; blocks?: Obj[];
  edited?: number; reactions?: Reaction[]; ephemeral?: boolean;
}
export interface View {
  id: string; hash: string; type: string; title?: string; submit?: string; close?: string;
  blocks: Obj[]; state: Record<string, Record<string, Obj>>; errors?: Record<string, string>; problem?: string;
}
export interface State {
  rev: number; workspace: string; command: string; me: string; bot: string; connected: boolean;
  users: Person[]; groups: Group[]; channels: Channel[];
  messages: Record<string, Message[]>; drafts: Record<string, Record<string, Record<string, Obj>>>; views: View[];
}
