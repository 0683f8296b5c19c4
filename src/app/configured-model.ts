/** The model the configuration names, with its key read from its reference. */
import { createModel } from '../ai/index.ts'
import type { Log } from '../core/log.ts'
import type { Model } from '../core/model.ts'
import type { Config } from './config/schema.ts'
import { readSecret } from './secrets.ts'

/** Where a server of the kind listens on this machine unless told otherwise: llama-server, Ollama. */
const USUAL_ADDRESS = {
  'openai-compatible': 'http://127.0.0.1:8080/v1',
  ollama: 'http://127.0.0.1:11434',
} as const

/** The model, or null where none is configured. @throws DbmedicError DBM_SECRET_MISSING if its key is not to be had. */
export function configuredModel(config: Config, log: Log): Model | null {
  const { kind, model, baseUrl, apiKey, printBytes, ...bounds } = config.model
  if (kind === 'none' || model === null) return null
  const print = (direction: 'sent' | 'received', text: string): void =>
    log({ level: 'info', stage: 'analyze', message: `bytes ${direction}`, model: `${kind}:${model}`, text })
  return createModel({
    kind,
    model,
    baseUrl: baseUrl ?? USUAL_ADDRESS[kind],
    apiKey: readSecret(apiKey) || null,
    timeoutMs: bounds.timeoutMs,
    maxOutputTokens: bounds.maxOutputTokens,
    maxPromptBytes: bounds.maxPromptBytes,
    maxQuestionsPerHour: bounds.maxQuestionsPerHour,
    print: printBytes ? print : null,
  })
}
