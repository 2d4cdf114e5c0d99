// @ts-check
/* The map of the report form: own outline and points, no tiles. Without it the search above does the same. */
"use strict";
(() => {
  const part = /** @type {HTMLDetailsElement | null} */ (document.getElementById("map-part"));
  if (!part || !part.dataset.points) return;
  const form = /** @type {HTMLFormElement} */ (document.getElementById("report"));
  let drawn = false;

  /** @param {string} id @param {string} name */
  const choose = (id, name) => {
    for (const other of form.querySelectorAll('input[name="place"]')) {
      /** @type {HTMLInputElement} */ (other).checked = false;
    }
    let input = /** @type {HTMLInputElement | null} */ (form.querySelector("input[data-from-map]"));
    if (!input) {
      input = document.createElement("input");
      input.type = "hidden";
      input.name = "place";
      input.dataset.fromMap = "1";
      form.append(input);
    }
    input.value = id;
    const status = document.getElementById("map-choice");
    if (status) status.textContent = `${name} (${part.dataset.chosen})`;
  };

  const draw = async () => {
    if (drawn) return;
    drawn = true;
    // @ts-ignore Leaflet is a classic script
    const L = window.L;
    const map = L.map("map", { attributionControl: false, zoomControl: true, preferCanvas: true });
    const style = getComputedStyle(document.documentElement);
    const line = style.getPropertyValue("--ink-soft").trim();
    const dot = style.getPropertyValue("--slate").trim();
    if (part.dataset.outline) {
      const outline = await (await fetch(part.dataset.outline)).json();
      const layer = L.geoJSON(outline, { style: { color: line, weight: 1, fill: false } }).addTo(map);
      map.fitBounds(layer.getBounds());
    }
    const points = await (await fetch(String(part.dataset.points))).json();
    const group = L.featureGroup();
    for (const feature of points.features || []) {
      const [longitude, latitude] = feature.geometry.coordinates;
      const { name, public_id } = feature.properties;
      L.circleMarker([latitude, longitude], { radius: 8, color: dot, weight: 2, fillOpacity: 0.5 })
        .bindTooltip(name)
        .on("click", () => choose(public_id, name))
        .addTo(group);
    }
    group.addTo(map);
    if (group.getLayers().length) map.fitBounds(group.getBounds().pad(0.1));
  };
  part.addEventListener("toggle", () => { if (part.open) void draw(); });
})();
