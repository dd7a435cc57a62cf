/** What a runbook is to those who never see its planner (Slack, the terminal, the documents): one value per runbook. */
import type { z } from 'zod';
import type { Scene } from '../../estate/scene.ts';
import type { JsonObject } from '../../kernel/json.ts';

export interface RunbookInput<I extends z.ZodObject = z.ZodObject> {
  /** Also the workflow's type and the first part of every run's id. */
  readonly name: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  /** What it is asked; each field's description is its help in Slack and in the terminal. */
  readonly input: I;
  /**
   * Keys of the input that tell two runs of it apart: a second run about the same is refused while the first is open. Of
   * them, the one that names a region, where there is one: runs are found by it.
   */
  readonly about: {
    readonly keys: readonly (keyof I['shape'] & string)[];
    readonly region?: keyof I['shape'] & string;
    /** All keys whose value is the name of a region of the estate, the most important first. */
    readonly regions: readonly (keyof I['shape'] & string)[];
  };
  /** What the documents show it doing, on the estate of `examples/lab.yaml`. */
  readonly examples: readonly [Example, ...Example[]];
}

export interface Example {
  /** What has happened, as a heading. */
  readonly title: string;
  readonly input: JsonObject;
  /** The same as data, at a time in milliseconds since 1970. */
  readonly scene: (now: number) => Scene;
}
