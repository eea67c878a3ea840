/** Who has logged in and what they may do; a visitor is nobody who may do what is public. */
import { reactive } from 'vue'
import { get } from './api'

export interface Membership {
  organisation: { id: number; name: string; area: string; level: string; level_label: string }
  role: string
  label: string
}
export interface Permission {
  label: string
  /** Area codes within which it is granted. */
  areas: string[]
}
interface Told {
  user: string | null
  memberships: Membership[]
  permissions: Record<string, Permission>
}

let asking: Promise<void> | null = null

export const me = reactive({
  user: null as string | null,
  memberships: [] as Membership[],
  permissions: {} as Record<string, Permission>,
  /** Whether the server was asked; before that nobody is logged in as far as we know. */
  known: false,
  /** Ask the server once. */
  asked(): Promise<void> {
    asking ??= ask()
    return asking
  },
})

async function ask(): Promise<void> {
  try {
    const told = await get<Told>('/me')
    me.user = told.user
    me.memberships = told.memberships
    me.permissions = told.permissions
  } catch {
    asking = null // offline, or nobody: asked again when a page needs to know
  }
  me.known = true
}

export function may(permission: string): boolean {
  return permission in me.permissions
}
