/** What the description of the API says of each address, in the form the fuzz draws requests from. */

/** A JSON schema, as far as requests use it. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly description?: string
}

/** A parameter of an address. */
export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly schema: Schema
  readonly description?: string
}

/** One address with its method. */
export interface Operation {
  /** `POST /api/stops` */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly right: string
  readonly parameters: readonly Parameter[]
  /** Null: it takes no body. */
  readonly body: Schema | null
  /** Takes an idempotency key. */
  readonly keyed: boolean
}

/** An OpenAPI document, as far as it is read here. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
interface RawOperation {
  readonly 'x-right'?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>
  }
}

/** Every operation of the document. */
export function operationsOf({ paths }: ApiDocument): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, raw]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      right: raw['x-right'] ?? 'none',
      parameters: raw.parameters ?? [],
      body: raw.requestBody?.content['application/json']?.schema ?? null,
      keyed: (raw.parameters ?? []).some(({ name }) => name === 'idempotency-key'),
    })),
  )
}

/** The schema a reference leads to. @throws RangeError if it leads nowhere. */
export function resolved(document: ApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')]
  if (found === undefined) throw new RangeError(`nothing at ${schema.$ref}`)
  return found
}
