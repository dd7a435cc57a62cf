/** The commands that the slash command and the terminal share, as data: what a line of text becomes. */
import type { JsonObject } from '../../kernel/json.ts';
import type { Choice } from '../../kernel/run/state.ts';

export type Command =
  | { readonly verb: 'help'; readonly about: string | undefined }
  | { readonly verb: 'list' }
  | { readonly verb: 'plan' | 'run'; readonly runbook: string; readonly input: JsonObject; readonly reason: string }
  | { readonly verb: 'status'; readonly run: string | undefined }
  | { readonly verb: 'pause' | 'resume' | 'abort'; readonly run: string; readonly reason: string }
  | { readonly verb: 'approve' | 'who'; readonly run: string | undefined }
  | { readonly verb: 'reject'; readonly run: string; readonly reason: string }
  | { readonly verb: 'resolve'; readonly run: string; readonly choice: Choice; readonly reason: string }
  | { readonly verb: 'break-glass'; readonly run: string; readonly rule: string; readonly reason: string }
  | { readonly verb: 'freeze' | 'thaw'; readonly what: 'runs' | 'expiry'; readonly reason: string };
