// SPDX-License-Identifier: Apache-2.0

// readpage parsers|expfmt URL ACCEPT prints, as JSON, what the parsers of Prometheus 3, or client_golang's expfmt, make of the
// page that the URL answers.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type exemplarRead struct {
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}

type bucketRead struct {
	Bounds string  `json:"bounds"`
	Count  float64 `json:"count"`
}

type seriesRead struct {
	Labels    map[string]string `json:"labels"`
	Value     string            `json:"value,omitempty"` // JSON has no NaN
	Count     float64           `json:"count,omitempty"`
	Sum       string            `json:"sum,omitempty"`
	Schema    *int32            `json:"schema,omitempty"`
	Buckets   []bucketRead      `json:"buckets,omitempty"`
	Exemplars []exemplarRead    `json:"exemplars,omitempty"`
	Start     int64             `json:"start,omitempty"`
}

type pageRead struct {
	ContentType string            `json:"content_type"`
	Types       map[string]string `json:"types"`
	Units       map[string]string `json:"units"`
	Helps       map[string]string `json:"helps"`
	Series      []seriesRead      `json:"series"`
}

func bucketsOf(of *histogram.FloatHistogram) []bucketRead {
	var read []bucketRead
	for at := of.AllBucketIterator(); at.Next(); {
		bucket := at.At()
		if bucket.Count == 0 {
			continue
		}
		bounds := fmt.Sprintf("%.9g %.9g", math.Abs(bucket.Lower), math.Abs(bucket.Upper))
		if bucket.Lower < 0 && bucket.Upper <= 0 {
			bounds = "-" + bounds
		}
		read = append(read, bucketRead{bounds, bucket.Count})
	}
	return read
}

func readSeries(parser textparse.Parser, entry textparse.Entry) seriesRead {
	var name labels.Labels
	parser.Labels(&name)
	read := seriesRead{Labels: name.Map()}
	if entry == textparse.EntrySeries {
		_, _, value := parser.Series()
		read.Value = fmt.Sprint(value)
	} else {
		_, _, whole, of := parser.Histogram()
		if whole != nil {
			of = whole.ToFloat(nil)
		}
		read.Count, read.Sum, read.Schema, read.Buckets = of.Count, fmt.Sprint(of.Sum), &of.Schema, bucketsOf(of)
	}
	for {
		var found exemplar.Exemplar
		if !parser.Exemplar(&found) {
			break
		}
		read.Exemplars = append(read.Exemplars, exemplarRead{found.Labels.Map(), found.Value})
	}
	read.Start = parser.StartTimestamp() // may read ahead: the last thing that is asked
	return read
}

func newPage(contentType string) pageRead {
	return pageRead{contentType, map[string]string{}, map[string]string{}, map[string]string{}, nil}
}

func readParsers(page []byte, contentType string) (pageRead, error) {
	found := newPage(contentType)
	parser, err := textparse.New(page, contentType, nil, textparse.ParserOptions{
		KeepClassicOnClassicAndNativeHistograms: true, EnableOpenMetrics2: true})
	if err != nil {
		return found, err
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		switch entry {
		case textparse.EntryType:
			name, kind := parser.Type()
			found.Types[string(name)] = string(kind)
		case textparse.EntryUnit:
			name, unit := parser.Unit()
			found.Units[string(name)] = string(unit)
		case textparse.EntryHelp:
			name, help := parser.Help()
			found.Helps[string(name)] = string(help)
		case textparse.EntrySeries, textparse.EntryHistogram:
			found.Series = append(found.Series, readSeries(parser, entry))
		}
	}
}

var readers = map[string]func([]byte, string) (pageRead, error){"parsers": readParsers, "expfmt": readExpfmt}

func run(reader, url, accept string) error {
	read, isKnown := readers[reader]
	if !isKnown {
		return fmt.Errorf("no reader %q", reader)
	}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", accept)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	found, err := read(page, answer.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "readpage parsers|expfmt URL ACCEPT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
