// The peer that the map is measured beside: a dependency of measurements and tests, never of the package.
export { default as peerMap, pMapIterable as peerMapRead } from "p-map";
