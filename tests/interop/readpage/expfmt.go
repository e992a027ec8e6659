// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/model/histogram"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func labelsOf(name string, pairs []*dto.LabelPair, further ...string) map[string]string {
	found := map[string]string{}
	for _, pair := range pairs {
		found[pair.GetName()] = pair.GetValue()
	}
	for i := 0; i+1 < len(further); i += 2 {
		found[further[i]] = further[i+1]
	}
	if name != "" {
		found["__name__"] = name
	}
	return found
}

func exemplarsOf(found ...*dto.Exemplar) []exemplarRead {
	var read []exemplarRead
	for _, each := range found {
		if each != nil {
			read = append(read, exemplarRead{labelsOf("", each.GetLabel()), each.GetValue()})
		}
	}
	return read
}

func startOf(start *timestamppb.Timestamp) int64 {
	if start == nil {
		return 0
	}
	return start.AsTime().UnixMilli()
}

func spansOf(spans []*dto.BucketSpan) []histogram.Span {
	var read []histogram.Span
	for _, span := range spans {
		read = append(read, histogram.Span{Offset: span.GetOffset(), Length: span.GetLength()})
	}
	return read
}

func bound(number float64) string {
	if math.IsInf(number, 1) {
		return "+Inf"
	}
	return fmt.Sprint(number)
}

// One that has a schema is native, with the classic buckets that are declared beside it.
func histogramOf(name string, metric *dto.Metric) []seriesRead {
	of := metric.GetHistogram()
	start := startOf(of.GetCreatedTimestamp())
	var read []seriesRead
	if of.Schema != nil {
		native := histogram.Histogram{Schema: of.GetSchema(), ZeroThreshold: of.GetZeroThreshold(), ZeroCount: of.GetZeroCount(),
			Count: of.GetSampleCount(), Sum: of.GetSampleSum(),
			PositiveSpans: spansOf(of.GetPositiveSpan()), PositiveBuckets: of.GetPositiveDelta(),
			NegativeSpans: spansOf(of.GetNegativeSpan()), NegativeBuckets: of.GetNegativeDelta()}
		read = append(read, seriesRead{Labels: labelsOf(name, metric.GetLabel()), Count: float64(of.GetSampleCount()),
			Sum: fmt.Sprint(of.GetSampleSum()), Schema: of.Schema, Buckets: bucketsOf(native.ToFloat(nil)),
			Exemplars: exemplarsOf(of.GetExemplars()...), Start: start})
		if len(of.GetBucket()) == 0 {
			return read
		}
	}
	one := func(suffix string, value any, exemplar *dto.Exemplar, further ...string) {
		read = append(read, seriesRead{Labels: labelsOf(name+suffix, metric.GetLabel(), further...), Value: fmt.Sprint(value),
			Exemplars: exemplarsOf(exemplar), Start: start})
	}
	hasInfinity := false
	for _, bucket := range of.GetBucket() {
		hasInfinity = hasInfinity || math.IsInf(bucket.GetUpperBound(), 1)
		one("_bucket", bucket.GetCumulativeCount(), bucket.GetExemplar(), "le", bound(bucket.GetUpperBound()))
	}
	if !hasInfinity {
		one("_bucket", of.GetSampleCount(), nil, "le", "+Inf")
	}
	one("_count", of.GetSampleCount(), nil)
	one("_sum", of.GetSampleSum(), nil)
	return read
}

func seriesOf(name string, metric *dto.Metric) []seriesRead {
	labels := labelsOf(name, metric.GetLabel())
	switch {
	case metric.Counter != nil:
		of := metric.GetCounter()
		return []seriesRead{{Labels: labels, Value: fmt.Sprint(of.GetValue()), Exemplars: exemplarsOf(of.GetExemplar()),
			Start: startOf(of.GetCreatedTimestamp())}}
	case metric.Gauge != nil:
		return []seriesRead{{Labels: labels, Value: fmt.Sprint(metric.GetGauge().GetValue())}}
	case metric.Untyped != nil:
		return []seriesRead{{Labels: labels, Value: fmt.Sprint(metric.GetUntyped().GetValue())}}
	case metric.Summary != nil:
		of := metric.GetSummary()
		start := startOf(of.GetCreatedTimestamp())
		read := []seriesRead{
			{Labels: labelsOf(name+"_count", metric.GetLabel()), Value: fmt.Sprint(of.GetSampleCount()), Start: start},
			{Labels: labelsOf(name+"_sum", metric.GetLabel()), Value: fmt.Sprint(of.GetSampleSum()), Start: start}}
		for _, quantile := range of.GetQuantile() {
			read = append(read, seriesRead{Labels: labelsOf(name, metric.GetLabel(), "quantile", bound(quantile.GetQuantile())),
				Value: fmt.Sprint(quantile.GetValue())})
		}
		return read
	}
	return histogramOf(name, metric)
}

// What client_golang's parser, by which its own tests and pushgateway read, makes of a page.
func readExpfmt(page []byte, contentType string) (pageRead, error) {
	found := newPage(contentType)
	decoder := expfmt.NewDecoder(bytes.NewReader(page), expfmt.Format(contentType))
	for {
		var family dto.MetricFamily
		err := decoder.Decode(&family)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		found.Types[family.GetName()] = strings.ToLower(family.GetType().String())
		found.Helps[family.GetName()] = family.GetHelp()
		if family.GetUnit() != "" {
			found.Units[family.GetName()] = family.GetUnit()
		}
		for _, metric := range family.GetMetric() {
			found.Series = append(found.Series, seriesOf(family.GetName(), metric)...)
		}
	}
}
