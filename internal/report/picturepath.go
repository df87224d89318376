package report

import (
	"fmt"
	"math"
	"regexp"

	"gonum.org/v1/plot/vg"
)

// pathStep is a letter of a path with its numbers.
var pathStep = regexp.MustCompile(`([A-Za-z])([^A-Za-z]*)`)

// svgPath reads the path that canvas.data wrote: absolute M, L, Q, C, A (of a circle, at
// most half of one) and Z, in a drawing of that height.
func svgPath(d string, height vg.Length) (vg.Path, error) {
	var path vg.Path
	for _, m := range pathStep.FindAllStringSubmatch(d, -1) {
		v, err := numbers(m[2])
		if err != nil {
			return nil, fmt.Errorf("path %.40q: %w", d, err)
		}
		at := func(i int) vg.Point { return vg.Point{X: vg.Length(v[i]), Y: height - vg.Length(v[i+1])} }
		want := map[string]int{"M": 2, "L": 2, "Q": 4, "C": 6, "A": 7, "Z": 0}
		size, known := want[m[1]]
		if !known || size == 0 && len(v) > 0 || size > 0 && (len(v) == 0 || len(v)%size != 0) {
			return nil, fmt.Errorf("path %.40q: %q isn't one of [M, L, Q, C, A, Z] with its numbers", d, m[0])
		}
		if m[1] == "Z" {
			path.Close()
			continue
		}
		for ; len(v) > 0; v = v[size:] {
			switch {
			case m[1] == "M":
				path.Move(at(0))
			case len(path) == 0:
				return nil, fmt.Errorf("path %.40q: it doesn't begin with M", d)
			case m[1] == "L":
				path.Line(at(0))
			case m[1] == "Q":
				path.QuadTo(at(0), at(2))
			case m[1] == "C":
				path.CubeTo(at(0), at(2), at(4))
			case m[1] == "A":
				arcTo(&path, vg.Length(v[0]), v[4] == 1, at(5))
			}
		}
	}
	return path, nil
}

// arcTo adds at most half a circle from where the path is to another point. SVG's sweep
// of 1 goes clockwise as one looks at it, which is where vg counts angles down.
func arcTo(path *vg.Path, radius vg.Length, clockwise bool, to vg.Point) {
	from := (*path)[len(*path)-1].Pos
	if last := (*path)[len(*path)-1]; last.Type == vg.ArcComp {
		sin, cos := math.Sincos(last.Start + last.Angle)
		from = vg.Point{X: last.Pos.X + last.Radius*vg.Length(cos), Y: last.Pos.Y + last.Radius*vg.Length(sin)}
	}
	dx, dy := float64(to.X-from.X), float64(to.Y-from.Y)
	chord := math.Hypot(dx, dy)
	if chord == 0 {
		return
	}
	r := max(float64(radius), chord/2)
	off := math.Sqrt(max(r*r-chord*chord/4, 0))
	if clockwise { // the centre lies to the right of the way
		off = -off
	}
	center := vg.Point{X: (from.X+to.X)/2 - vg.Length(dy/chord*off), Y: (from.Y+to.Y)/2 + vg.Length(dx/chord*off)}
	start := math.Atan2(float64(from.Y-center.Y), float64(from.X-center.X))
	end := math.Atan2(float64(to.Y-center.Y), float64(to.X-center.X))
	angle := end - start
	switch {
	case clockwise && angle > 0:
		angle -= 2 * math.Pi
	case !clockwise && angle < 0:
		angle += 2 * math.Pi
	}
	path.Arc(center, vg.Length(r), start, angle)
}
