/**
 * The same fault with somebody else's answer to it: the textbook remedy, applied by hand, or none at all. What the
 * pipeline's action brought is worth what lies between the two.
 */
import { effectOf, type MeasuredEffect, sizeNow } from './measure-effect.ts'
import { onScene, type RunOptions, type Scene, WINDOW, wait } from './set-scene.ts'

/** About as long after the fault as a person approves in the lab, s. */
const ANSWER_AFTER_SECONDS = 10

/** Runs the fault without an approver; null where the scenario measures nothing or knows no such remedy. */
export function runArm(options: RunOptions, arm: 'oracle' | 'nothing'): Promise<MeasuredEffect | null> {
  const { scenario } = options
  const knows = arm === 'nothing' || scenario.oracle !== null
  if (scenario.expect.effect === undefined || !knows) return Promise.resolve(null)
  return onScene(options, (scene) => play(scene, arm))
}

async function play(scene: Scene, arm: 'oracle' | 'nothing'): Promise<MeasuredEffect | null> {
  const { scenario, stage, say } = scene
  await wait(scene, scenario.workload.calmSeconds * 1000)
  const faultMs = Date.now()
  await stage.run(scenario.fault.statements)
  stage.start(scenario.fault.sessions)
  const sizeBefore = sizeNow(scene)
  await wait(scene, ANSWER_AFTER_SECONDS * 1000)
  const fromMs = Date.now()
  if (arm === 'oracle') await applyRemedy(scene)
  say(arm === 'oracle' ? 'the textbook remedy is applied by hand' : 'nothing is done')
  const toMs = Date.now()
  await wait(scene, (WINDOW.settleSeconds + WINDOW.afterSeconds) * 1000)
  return effectOf(scene, { faultMs, change: { fromMs, toMs }, sizeBefore })
}

async function applyRemedy({ scenario, stage }: Scene): Promise<void> {
  if (scenario.oracle === null) return
  const connections = scenario.oracle.ends.flatMap((name) =>
    stage.named(name).flatMap((session) => [...session.connectionIds]),
  )
  await stage.run([...connections.map((id) => `KILL ${id}`), ...scenario.oracle.statements], 'root')
}
