package monitoringtest

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// mostPoints is how many points, or series, a page has at most, and has by default.
const mostPoints = 100_000

// place is where in a listing a page begins. It holds no count of what went before, so that
// traffic booked between two pages neither repeats a point nor skips one.
type place struct {
	Page    int    // from 1
	AsOf    int64  // when the first page was asked for, Unix ns: later points haven't arrived
	Key     string // of the line that the page before ended in
	End     int64  // of the last point there, Unix ns; older ones follow
	Request uint64 // hash of the request that it belongs to
}

func (p place) asOf() time.Time { return time.Unix(0, p.AsOf) }

// placeOf reads a request's token. Without one the listing begins, as of now.
func placeOf(r *monitoringpb.ListTimeSeriesRequest, now time.Time) (place, error) {
	if r.GetPageToken() == "" {
		return place{Page: 1, AsOf: now.UnixNano(), End: math.MaxInt64, Request: hash(r)}, nil
	}
	var p place
	text, err := base64.URLEncoding.DecodeString(r.GetPageToken())
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil || p.Page < 2 || p.Request != hash(r) {
		return p, status.Errorf(codes.InvalidArgument, "Field pageToken had an invalid value of %q: it isn't a token of this request.", r.GetPageToken())
	}
	return p, nil
}

// token writes the place for the client to hand back.
func (p place) token() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // numbers and a string
	}
	return base64.URLEncoding.EncodeToString(text)
}

// hash tells requests apart, but for their place and size of page.
func hash(r *monitoringpb.ListTimeSeriesRequest) uint64 {
	r = proto.CloneOf(r)
	r.PageToken, r.PageSize = "", 0
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil {
		panic(err) // it came over the wire
	}
	h := fnv.New64a()
	h.Write(text)
	return h.Sum64()
}

// cutPage takes from the lines, which are in order, those of the page at a place, with
// their points that belong on it, and says where the next page begins; nil: nowhere.
func cutPage(lines []line, at place, q query) (page []line, next *place) {
	room := q.most
	for _, l := range lines {
		if l.key < at.Key {
			continue
		}
		if l.key == at.Key && at.Page > 1 {
			older, _ := slices.BinarySearchFunc(l.points, at.End, func(p point, end int64) int {
				if p.end.UnixNano() < end {
					return -1
				}
				return 1
			})
			l.points = l.points[:older]
		}
		if len(l.points) == 0 {
			continue
		}
		if room == 0 {
			return page, at.after(page[len(page)-1])
		}
		if q.headers {
			room--
			page = append(page, line{l.key, l.of, l.points[:1]}) // its oldest: nothing of it is left for later
			continue
		}
		cut := max(0, len(l.points)-room)
		room -= len(l.points) - cut
		page = append(page, line{l.key, l.of, l.points[cut:]})
		if cut > 0 {
			return page, at.after(page[len(page)-1])
		}
	}
	return page, nil
}

// after is the place of the page that follows, where last ended the one at p.
func (p place) after(last line) *place {
	p.Page++
	p.Key, p.End = last.key, last.points[0].end.UnixNano()
	return &p
}
