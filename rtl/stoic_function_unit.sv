// A table port with its interpolator: FUNCTION, and the factor of NORMALISE.
//
// An element enters in cycle t+1 of its issue (element_i) or, for NORMALISE, as a distance in the cycle in which an
// element's distance would be ready (distance_i, valid with take_distance_i):
//   t+1  take the element                 t+5  difference of the two knots
//   t+2  |element|, minus the origin      t+6  multiply by the fraction
//   t+3  segment and fraction             t+7  add
//   t+4  read both knots                  t+8  round, saturate, negate: value_o, saturated_o
// Every stage has its enable; stage_i[k] is that of cycle t+k.
//
// With d the distance from the first knot and s = segment_shift, knot = d >> s and the fraction is what the shift cuts,
// left aligned to StateWidth-1 bits. So one small shifter before the table replaces a large one after the multiplier, and
// value = (low + ((high - low) * fraction >> (StateWidth-1))) / 2^guard is the exact interpolation, rounded once.
// Beyond the table the fraction is 0 and the knot is the nearest end.
//
// The knots lie in two banks, even and odd, so that both neighbours are read in one cycle.
module stoic_function_unit #(
  parameter bit [31:0] StateWidth = 16,
  parameter bit [31:0] GuardBits = 4,
  parameter bit [31:0] TableWords = 1024,
  localparam bit [31:0] KnotWidth = StateWidth + GuardBits,
  localparam bit [31:0] TableAddressWidth = $clog2(TableWords)
) (
  input  logic                         clk_i,
  input  logic [8:1]                   stage_i,

  // The function, stable while elements are on their way
  input  logic [1:0]                   symmetry_i,       // 0 none, 1 odd, 2 even
  input  logic                         count_outside_i,
  input  logic [TableAddressWidth:0]   table_i,          // checked: the table lies within the memory
  input  logic [TableAddressWidth:0]   segments_i,       // checked too
  input  logic [4:0]                   segment_shift_i,
  input  logic signed [StateWidth-1:0] origin_i,

  input  logic signed [StateWidth-1:0] element_i,        // t+1
  input  logic                         take_distance_i,  // t+2: the distance comes from NORMALISE
  input  logic [StateWidth-1:0]        distance_i,
  output logic [StateWidth-1:0]        value_o,          // t+8
  output logic                         saturated_o,      // t+8

  // Table memory from the bus
  input  logic                         write_i,
  input  logic                         read_i,
  input  logic [TableAddressWidth-1:0] address_i,
  input  logic [KnotWidth-1:0]         write_data_i,
  output logic [KnotWidth-1:0]         read_data_o
);

  localparam bit [31:0] BankWords = (TableWords + 1) / 2;
  localparam bit [31:0] BankAddressWidth = (BankWords > 1) ? $clog2(BankWords) : 1;
  localparam bit [31:0] FractionWidth = StateWidth - 1;
  localparam bit [31:0] KnotAddressWidth = TableAddressWidth + 1;
  localparam bit [31:0] CompareBits = (StateWidth > KnotAddressWidth) ? StateWidth : KnotAddressWidth;
  localparam logic signed [StateWidth-1:0] Least = {1'b1, {(StateWidth-1){1'b0}}};
  localparam logic signed [StateWidth-1:0] Most = {1'b0, {(StateWidth-1){1'b1}}};

  // t+1, t+2: the distance from the first knot, one bit wider than a state and signed
  logic signed [StateWidth-1:0] element_q, magnitude;
  logic signed [StateWidth:0]   distance_q;
  logic                         negative_q3, negative_q4, negative_q5, negative_q6, negative_q7, negative_q8;

  always_comb begin
    magnitude = 'x;
    if (stage_i[2]) magnitude = element_q;
    // |least| is no state: it is clamped
    if (stage_i[2] && symmetry_i != 2'd0 && element_q[StateWidth-1]) magnitude = (element_q == Least) ? Most : -element_q;
  end

  always_ff @(posedge clk_i) begin
    if (stage_i[1]) element_q <= element_i;
    if (stage_i[2]) begin
      distance_q  <= take_distance_i ? {1'b0, distance_i} : (StateWidth+1)'(magnitude) - (StateWidth+1)'(origin_i);
      negative_q3 <= !take_distance_i && symmetry_i == 2'd1 && element_q[StateWidth-1];
    end
  end

  // t+3: segment and fraction
  logic [2*StateWidth-2:0]   split;  // segment, then fraction
  logic [StateWidth-1:0]     segment;
  logic [FractionWidth-1:0]  fraction;
  logic                      below, beyond, outside;
  logic [KnotAddressWidth-1:0] knot, knot_q;
  logic [FractionWidth-1:0]  fraction_q, fraction_q5, fraction_q6;
  logic                      outside_q4, outside_q5, outside_q6, outside_q7, outside_q8;

  always_comb begin
    split    = 'x;
    segment  = 'x;
    fraction = 'x;
    below    = 1'bx;
    beyond   = 1'bx;
    outside  = 1'bx;
    knot     = 'x;
    if (stage_i[3]) begin
      split    = {{FractionWidth{1'b0}}, distance_q[StateWidth-1:0]} << (5'(FractionWidth) - segment_shift_i);
      segment  = split[2*StateWidth-2:FractionWidth];
      fraction = split[FractionWidth-1:0];
      below    = distance_q[StateWidth];
      beyond   = CompareBits'(segment) >= CompareBits'(segments_i);
      outside  = below || (beyond && !(CompareBits'(segment) == CompareBits'(segments_i) && fraction == '0));
      knot     = table_i;
      if (!below) knot = table_i + (beyond ? segments_i : KnotAddressWidth'(segment));
    end
  end

  always_ff @(posedge clk_i) begin
    if (stage_i[3]) begin
      knot_q      <= knot;
      fraction_q  <= (below || beyond) ? '0 : fraction;
      outside_q4  <= outside;
      negative_q4 <= negative_q3;
    end
  end

  // t+4: the knot and the next one
  logic [KnotAddressWidth-1:0] next_knot;
  logic                        odd_q5, read_odd_q;
  logic                        read_tables;
  logic [BankAddressWidth-1:0] even_address, odd_address;
  logic signed [KnotWidth-1:0] even_word, odd_word;

  assign next_knot    = knot_q + KnotAddressWidth'(1);
  assign read_tables  = stage_i[4] || read_i;
  assign even_address = stage_i[4] ? BankAddressWidth'(next_knot >> 1) : BankAddressWidth'(address_i >> 1);
  assign odd_address  = stage_i[4] ? BankAddressWidth'(knot_q >> 1) : BankAddressWidth'(address_i >> 1);

  stoic_memory #(
    .SliceWidth(KnotWidth),
    .Depth     (BankWords)
  ) u_even (
    .clk_i,
    .write_i        (write_i && !address_i[0]),
    .write_address_i(BankAddressWidth'(address_i >> 1)),
    .write_data_i,
    .read_i         (read_tables),
    .read_address_i (even_address),
    .read_data_o    (even_word)
  );

  stoic_memory #(
    .SliceWidth(KnotWidth),
    .Depth     (BankWords)
  ) u_odd (
    .clk_i,
    .write_i        (write_i && address_i[0]),
    .write_address_i(BankAddressWidth'(address_i >> 1)),
    .write_data_i,
    .read_i         (read_tables),
    .read_address_i (odd_address),
    .read_data_o    (odd_word)
  );

  assign read_data_o = read_odd_q ? odd_word : even_word;

  always_ff @(posedge clk_i) begin
    if (read_i) read_odd_q <= address_i[0];
    if (stage_i[4]) begin
      odd_q5      <= knot_q[0];
      fraction_q5 <= fraction_q;
      outside_q5  <= outside_q4;
      negative_q5 <= negative_q4;
    end
  end

  // t+5 to t+7: low + ((high - low) * fraction >> FractionWidth), with the bit below for guard_bits = 0
  localparam bit [31:0] StepWidth = KnotWidth + 1 + FractionWidth + 1;
  logic signed [KnotWidth-1:0] low_q6, low_q7;
  logic signed [KnotWidth:0]   difference_q6;
  logic signed [StepWidth-1:0] step_q7;
  logic signed [KnotWidth+1:0] value_q8;
  logic                        half_q8;

  always_ff @(posedge clk_i) begin
    if (stage_i[5]) begin
      low_q6        <= odd_q5 ? odd_word : even_word;
      difference_q6 <= odd_q5 ? (KnotWidth+1)'(even_word) - (KnotWidth+1)'(odd_word)
                              : (KnotWidth+1)'(odd_word) - (KnotWidth+1)'(even_word);
      fraction_q6   <= fraction_q5;
      outside_q6    <= outside_q5;
      negative_q6   <= negative_q5;
    end
    if (stage_i[6]) begin
      step_q7     <= difference_q6 * $signed({1'b0, fraction_q6});
      low_q7      <= low_q6;
      outside_q7  <= outside_q6;
      negative_q7 <= negative_q6;
    end
    if (stage_i[7]) begin
      value_q8    <= (KnotWidth+2)'(low_q7) + (KnotWidth+2)'(step_q7 >>> FractionWidth);
      half_q8     <= step_q7[FractionWidth-1];
      outside_q8  <= outside_q7;
      negative_q8 <= negative_q7;
    end
  end

  // t+8: round off the guard bits, saturate, negate. An odd function saturates symmetrically, so that it can be negated.
  logic signed [KnotWidth+2:0]  rounded;
  logic                         half, over, under;
  logic signed [StateWidth-1:0] clamped;

  if (GuardBits == 0) begin : gen_no_guard
    assign half = half_q8;
  end else begin : gen_guard
    logic unused_half;
    assign unused_half = half_q8;
    assign half = value_q8[GuardBits-1];
  end

  always_comb begin
    rounded = 'x;
    over    = 1'bx;
    under   = 1'bx;
    clamped = 'x;
    if (stage_i[8]) begin
      rounded = ((KnotWidth+3)'(value_q8) >>> GuardBits) + (KnotWidth+3)'($signed({1'b0, half}));
      over    = !rounded[KnotWidth+2] && rounded[KnotWidth+1:StateWidth-1] != '0;
      under   = rounded[KnotWidth+2] && (rounded[KnotWidth+1:StateWidth-1] != '1
                                         || (symmetry_i == 2'd1 && !take_distance_i && rounded[StateWidth-2:0] == '0));
      clamped = over ? Most : !under ? rounded[StateWidth-1:0]
                            : (symmetry_i == 2'd1 && !take_distance_i) ? -Most : Least;
    end
  end

  assign value_o     = negative_q8 ? -clamped : clamped;
  assign saturated_o = over || under || (count_outside_i && outside_q8);

endmodule
