/**
 * What of a server of the user's is ours: there other people's load runs too, whose issues are none of a scenario and
 * whose sessions and tables nobody may touch. On a private server everything is ours.
 */
import type { DecisionStory, Story } from '../../app/index.ts'
import type { Scene } from './set-scene.ts'

type OnStage = Pick<Scene, 'staging' | 'watched' | 'stage'>

/** Whether an issue speaks of our schema, anywhere in its events, evidence or plan. The schema's name is random. */
export const isOurs = ({ staging, watched }: Pick<Scene, 'staging' | 'watched'>, story: Story): boolean =>
  staging === undefined || JSON.stringify(story).includes(watched.schema)

/**
 * Why the scripted approver may not vote for a plan; null if it may: every object it touches is in our schema, and a
 * connection it ends is one of our sessions'. A plan about neither is none of ours.
 */
export function whyNotOurs(scene: OnStage, { binding }: DecisionStory): string | null {
  if (scene.staging === undefined) return null
  const { watched, stage } = scene
  // Plans name their objects quoted; a name that is written otherwise is not recognised, and refused.
  const foreign = binding.objects.find((o) => !o.name.startsWith(`\`${watched.schema}\`.`))
  if (foreign !== undefined) return 'the plan touches an object that is not of the lab'
  const connection = connectionOf(binding.parameters['connection'])
  if (connection !== null)
    return stage.connectionIds().has(connection) ? null : 'the plan ends a session that is not of the lab'
  return binding.objects.length > 0 ? null : 'the plan names nothing that is of the lab'
}

/** The connection a plan is about, if it is about one. */
export function connectionOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('connectionId' in value)) return null
  return String(value.connectionId)
}
