/** Drawing on the map: corners are taken one by one, can be dragged and taken back; the shape is always valid or absent. */
import type { Geometry, Position } from 'geojson'

export type Shape = 'Point' | 'LineString' | 'Polygon'

const LEAST: Record<Shape, number> = { Point: 1, LineString: 2, Polygon: 3 }

/** The geometry of so many corners, or null while there are too few. */
export function geometryOf(shape: Shape, corners: readonly Position[]): Geometry | null {
  const first = corners[0]
  if (!first || corners.length < LEAST[shape]) return null
  if (shape === 'Point') return { type: 'Point', coordinates: [...first] }
  if (shape === 'LineString') return { type: 'LineString', coordinates: corners.map((one) => [...one]) }
  return { type: 'Polygon', coordinates: [[...corners.map((one) => [...one]), [...first]]] }
}

/** The corners of a geometry that can be edited here: one point, one line, or one area without holes. */
export function cornersOf(geometry: Geometry | null): Position[] | null {
  if (!geometry) return []
  if (geometry.type === 'Point') return [geometry.coordinates]
  if (geometry.type === 'LineString') return geometry.coordinates
  if (geometry.type === 'Polygon' && geometry.coordinates.length === 1) return (geometry.coordinates[0] ?? []).slice(0, -1)
  return null
}

/** Corners after one more was taken: a point moves, everything else grows. */
export function taken(shape: Shape, corners: readonly Position[], at: Position): Position[] {
  return shape === 'Point' ? [at] : [...corners, at]
}

/** West, south, east, north of anything with coordinates; null where there are none. */
export function boundsOf(geometry: Geometry): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return
    if (typeof part[0] === 'number' && typeof part[1] === 'number') {
      box[0] = Math.min(box[0], part[0])
      box[1] = Math.min(box[1], part[1])
      box[2] = Math.max(box[2], part[0])
      box[3] = Math.max(box[3], part[1])
    } else part.forEach(walk)
  }
  if (geometry.type === 'GeometryCollection') {
    for (const one of geometry.geometries) {
      const own = boundsOf(one)
      if (own) walk([own.slice(0, 2), own.slice(2)])
    }
  } else walk(geometry.coordinates)
  return box[0] === Infinity ? null : box
}
