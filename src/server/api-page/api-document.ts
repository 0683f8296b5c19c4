/** The part of an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1) that is shown to people. */

/** A schema as JSON Schema has it; members nobody shows are left out. */
export interface ShownSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, ShownSchema>>
  readonly required?: readonly string[]
  readonly items?: ShownSchema
  readonly anyOf?: readonly ShownSchema[]
  readonly oneOf?: readonly ShownSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly additionalProperties?: boolean | ShownSchema
}

/** What is sent or answered, by media type. */
export type ShownContent = Readonly<Record<string, { readonly schema?: ShownSchema }>>

/** One method of one address. */
export interface ShownOperation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema?: ShownSchema
  }[]
  readonly requestBody?: { readonly content?: ShownContent }
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: ShownContent }>
  >
  readonly 'x-right'?: string
}

/** The document. */
export interface ShownDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths?: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, ShownSchema>> }
}
