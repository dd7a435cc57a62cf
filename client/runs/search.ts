/** The search attributes and the memo of a run: what is known of it without asking a worker. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { JsonObject } from '../../kernel/json.ts';
import { SEARCH_ATTRIBUTES } from '../../kernel/run/search-attributes.ts';
import type { RunMode } from '../../kernel/run/state.ts';
import { runbookNamed } from '../grammar/inputs.ts';

const KEYS = {
  estate: defineSearchAttributeKey(SEARCH_ATTRIBUTES.estate, 'KEYWORD'),
  runbook: defineSearchAttributeKey(SEARCH_ATTRIBUTES.runbook, 'KEYWORD'),
  mode: defineSearchAttributeKey(SEARCH_ATTRIBUTES.mode, 'KEYWORD'),
  phase: defineSearchAttributeKey(SEARCH_ATTRIBUTES.phase, 'KEYWORD'),
  region: defineSearchAttributeKey(SEARCH_ATTRIBUTES.region, 'KEYWORD'),
  requester: defineSearchAttributeKey(SEARCH_ATTRIBUTES.requester, 'KEYWORD'),
};

/** What a run is indexed by; `phase` is kept by the run itself. */
export interface Indexed {
  readonly estate: string;
  readonly runbook: string;
  readonly mode: RunMode;
  readonly requester: string;
  readonly phase: string;
}

/** A memo is for lists only: nothing is decided from it. */
export interface Memo {
  readonly input: JsonObject;
  readonly reason: string;
}

/** The region that a run is about, as its input names it; undefined when the probes must find it. */
function regionIn(runbook: string, input: JsonObject): string | undefined {
  const key = runbookNamed(runbook)?.about.region;
  const region = key === undefined ? undefined : input[key];
  return typeof region === 'string' ? region : undefined;
}

/** Every region that its input names. */
export function regionsIn(runbook: string, input: JsonObject): string[] {
  return (runbookNamed(runbook)?.about.regions ?? []).flatMap((key) => {
    const region = input[key];
    return typeof region === 'string' ? [region] : [];
  });
}

export function searchAttributes(indexed: Indexed, input: JsonObject): SearchAttributePair[] {
  const region = regionIn(indexed.runbook, input);
  return [
    { key: KEYS.estate, value: indexed.estate },
    { key: KEYS.runbook, value: indexed.runbook },
    { key: KEYS.mode, value: indexed.mode },
    { key: KEYS.requester, value: indexed.requester },
    { key: KEYS.phase, value: indexed.phase },
    ...(region === undefined ? [] : [{ key: KEYS.region, value: region }]),
  ];
}

/** Undefined for a workflow that is no run, such as the lease. */
export function indexedOf(info: Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>): Indexed | undefined {
  const found = info.typedSearchAttributes;
  const estate = found.get(KEYS.estate);
  const runbook = found.get(KEYS.runbook);
  if (estate === undefined || runbook === undefined) return undefined;
  return {
    estate,
    runbook,
    mode: found.get(KEYS.mode) === 'plan' ? 'plan' : 'live',
    requester: found.get(KEYS.requester) ?? '',
    phase: found.get(KEYS.phase) ?? '',
  };
}

/** The input in the memo; empty where there is none. */
export function inputIn(info: Pick<WorkflowExecutionInfo, 'memo'>): JsonObject {
  const input = info.memo?.input;
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? (input as JsonObject) : {};
}
